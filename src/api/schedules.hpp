// Reading what is scheduled, in each form that clients ask for.
//
//   HyperBEAM   GET /PID~process@1.0/schedule?from=&to=[&accept=application/aos-2]
//               GET /~scheduler@1.0/schedule?target=PID&from=&to=[&accept=application/aos-2]
//               GET …/slot[/current]
//   legacy SU   GET /PID?from=&to=&from-nonce=&to-nonce=&limit=[&process-id=PID]
//               GET /MESSAGE?process-id=PID   /PID/latest?process-id=PID   /processes/PID
//               GET /timestamp   /?process-id=PID
//
// Pages are ascending, and say whether there is more. An SU's `from` and `to` are times in
// milliseconds and its nonces are slots; `from` is left out of a page and `to` is in it, and nonces
// go before times. HyperBEAM's `from` and `to` are slots and both are in the page.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "ao/http/message.hpp"
#include "path.hpp"

namespace ao::api {

http::Response schedule_answer(const Backend& backend, const http::Request& request,
                               const Path& path, const ProcessId& process, std::size_t step);

// Whether the client asks for the JSON of older ones, by the path or a header field.
bool wants_aos2(const http::Request& request, const Path& path, std::size_t step);
http::Response aos2_answer(const message::Value& value);

// What a process's schedule has come to. Errors: kNotFound "process-unknown".
Result<message::Map> slot_view(const Backend& backend, const ProcessId& process);

// Nullopt for what an SU does not answer.
std::optional<http::Response> answer_as_su(const Backend& backend, const http::Request& request,
                                           const Path& path);

}  // namespace ao::api
