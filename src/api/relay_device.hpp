// relay@1.0: requests that this node makes for others, over HTTP (docs/relay.md).
//
//   call   answers with what was answered: `status`, `body`, the fields of the answer
//   cast   "OK", once the request is on its way
//
// of these keys, of the path or of the message before:
//
//   relay-path     a URL; or a path, which goes to `peer`, to this node's own legacy routes for
//                  reading, or where its routes say (router@1.0)
//   relay-method   else `method`, else that of the request
//   relay-body     else `body`
//   content-type   of the body; else that of a request which is signed itself
//
// What leads to this node itself is answered here, and only GET /result, GET /results and POST
// /dry-run are: nothing that is relayed is relayed again by the same node.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"
#include "encoding.hpp"

namespace ao::api {

Task<Result<message::Value>> ask_relay(const Inquiry& inquiry, message::Value base, Asking asking);

// Whether the path asks for a relayed answer, and nothing of it.
bool is_for_relay(const Path& path);

// A relayed answer as one of this node: with its status and body, and its fields, signed.
Task<http::Response> relayed_answer(Backend& backend, message::Value said, Form form);

}  // namespace ao::api
