// Writes to this node by named signers (docs/cache.md), and reads for older clients.
//
//   POST /~cache@1.0/write                          a signed item, or a request that is signed with
//                                                   its path: the message in its body, or itself
//   POST /~cache@1.0/link&source=ID&destination=NAME
//   GET  /~cache@1.0/read&target=ID, /~lookup@1.0/… that accept application/aos-2
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asked.hpp"

namespace ao::api {

bool is_for_cache(const http::Request& request, const Path& path);

Task<http::Response> answer_as_cache(Backend& backend, Asked asked);

}  // namespace ao::api
