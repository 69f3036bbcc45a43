// json@1.0: a TABM as JSON text, and JSON text as a message.
//
// Written are strings and objects only: what else a value was is told by `ao-types`, as in every
// TABM, and messages within are objects within. Read is also what anybody would write: numbers,
// booleans, null and arrays are values of their own types, so that an ordinary object is a message.
// A JSON string cannot hold every byte string: one that is not UTF-8 is refused. Pure functions,
// any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::codec {

// Errors, naming the path of keys: "json-not-utf8" for a key or text, "json-value" for what no
// TABM has, kTooLarge "json-depth".
Result<std::string> to_json_text(const message::Map& tabm);

// Errors: "json-malformed" with the byte offset (see message::from_json); "json-message" for
// anything but an object; "json-key" for a key that is empty, or equal to another without case;
// "json-types" when `ao-types` is no text, or says what JSON says itself.
Result<message::Map> tabm_from_json(std::string_view text);

// The same with typed values. Errors: also those of from_tabm.
Result<message::Map> from_json_message(std::string_view text);

}  // namespace ao::codec
