// A list as one text, as the JavaScript clients send it.
//
//   "(ao-type-integer) 1", "two", "(ao-type-list) \"three\", \"four\""     a structured-field list
//   (ao-type-binary) a,(ao-type-integer) 1                                 an older client
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::codec {

// `key` is for errors. Errors: "structured-value", kTooLarge "structured-depth".
Result<message::Value> list_from_text(BytesView text, BytesView key, std::size_t depth);

}  // namespace ao::codec
