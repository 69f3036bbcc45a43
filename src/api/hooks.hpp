// What paths of the operator's say to a request, or to its answer.
//
// A path is evaluated with a message: `hook` (request or response), `request` (method, path, the
// keys that it says, `signers`) and `body`. Of a request the body is the list of the messages that
// its path stands for, of an answer {status, content-type, body}. A path that ends at a process's
// `compute` is a dry run, in which the process gets this as JSON, signed by nobody, from this node;
// the first message that it sends is the answer, its data the body.
//
// The answer is a message. `status` of 400 or more refuses, with `body` as the reason; a list under
// `body` is put for the messages of the request, anything else under it for the answer's body.
// Nothing, or what is no message, lets pass. Paths are asked by nobody, so that they may do nothing
// that needs a signature, and what they ask goes through no hooks.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/gate_settings.hpp"
#include "visitor.hpp"

namespace ao::api {

// The request, as hooks see it: values over 16 KiB are left out.
message::Map request_view(const Asked& asked, const Visitor& visitor);
message::List messages_view(const Asked& asked);

// Puts the keys of the messages for those of the calls. Errors: "hook-malformed" when there are
// more or fewer, or one is none.
Result<> put_messages(const message::List& messages, std::vector<Call>& calls);

// What the path gives. Errors: kUnavailable "hook-failed"; kTimeout "hook-timeout".
Task<Result<message::Value>> ask_path(Backend& backend, const std::string& path,
                                      message::Map message, std::chrono::milliseconds timeout);

// The number under `status`, which may be written as a text.
std::optional<unsigned> status_in(const message::Value& answer);

// What stands under `body`, as a text.
std::string body_text(const message::Value& answer);

}  // namespace ao::api
