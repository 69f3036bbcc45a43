// Answers: values and errors as HTTP responses.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/message.hpp"
#include "ao/message/value.hpp"

namespace ao::api {

unsigned status_of(ErrorKind kind);

http::Response error_answer(const Error& error);
http::Response json_answer(const message::Value& value, unsigned status = 200);
http::Response text_answer(std::string text);  // exactly these bytes: clients read them whole

inline constexpr std::string_view kMethods = "GET, HEAD, POST, DELETE, OPTIONS";

// To OPTIONS: what browsers ask before they let the script of another site call this node. That it
// may read the answer, the server says with each.
http::Response preflight_answer(const http::Request& request);

}  // namespace ao::api
