// How what was scheduled comes to Arweave (docs/settlement.md).
//
//   GET  /~settlement@1.0/info               the backlog, and the bundlers
//   GET  /~settlement@1.0/bundles            the bundles that are not confirmed, the first 1,000
//   GET  /~settlement@1.0/bundles?from=N     all of them, from that number on, up to 1,000
//   GET  /~settlement@1.0/item?id=ID         where a message, process or module is on its way
//   GET  /{id}/settlement                    the same
//   POST /~settlement@1.0/retry              sends a bundle at once; an ANS-104 item of this node's
//                                            key with the tags Type: Retry, Bundle: N or all
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hyperbeam.hpp"

namespace ao::api {

bool is_for_settlement(const Path& path);

Task<http::Response> answer_as_settlement(Backend& backend, Asked asked);

}  // namespace ao::api
