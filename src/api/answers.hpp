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

// A leaf as its bare text, anything else as JSON.
// What browsers need to call this node from anywhere. Public reads and signed writes only.
void allow_any_origin(http::Response& response);
http::Response preflight_answer();

}  // namespace ao::api
