// Values as JSON text, for clients.
//
// Byte strings that are not UTF-8 cannot be JSON strings: they are written with each invalid byte
// as U+FFFD (readers that need the bytes ask for the raw form). Integers are written as numbers;
// floats in shortest round-trip form, and NaN and infinities as null. Atoms are
// strings; a link under key `k` is the id under `k+link`. Keys come out sorted.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::message {

std::string to_json(const Value& value);
void append_json(std::string& out, const Value& value);

// Strict RFC 8259, depth at most 64, duplicate keys refused. Integers outside int64 become floats.
// Errors: code "json-malformed" with the byte offset.
Result<Value> from_json(std::string_view text);

}  // namespace ao::message
