// Answers as bytes of the wire.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/message.hpp"
#include "refusal.hpp"

namespace ao::http {

enum class After { kKeep, kClose };

// How the end of the body is told: by its length, by a last chunk, or by the end of the connection.
enum class Delimiter { kLength, kLastChunk, kClose };

// Appends status line and header fields; the server owns Content-Length, Date, Connection,
// Transfer-Encoding, and those that let scripts of any web site read the answer. False, with `out`
// untouched, when the answer holds what HTTP cannot carry: a handler that copies foreign bytes into
// a field must not be able to forge a second answer.
bool append_head(std::string& out, std::string_view method, const Response& response, After after,
                 Delimiter delimiter = Delimiter::kLength);

bool is_sendable(const Response& response);

bool carries_body(std::string_view method, unsigned status);

// {"error":{"code":..,"message":..}}
Response error_answer(const Refusal& refusal, After after = After::kClose);

bool asks_to_close(const Response& response);

}  // namespace ao::http
