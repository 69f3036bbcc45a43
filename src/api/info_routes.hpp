// Orders of the operator that change the node's message (docs/node_message.md).
//
//   POST /~meta@1.0/info     signed by the node's key alone, over the path and all that it says
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asked.hpp"

namespace ao::api {

bool is_for_info(const http::Request& request, const Path& path);

Task<http::Response> answer_as_info(Backend& backend, Asked asked);

}  // namespace ao::api
