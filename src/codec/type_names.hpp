// The field `ao-types`: which type each key's text stands for.
//
//   ao-types: count="integer", flag="atom", key%20with%20space="float"
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::codec {

// `types` in the order in which they are written.
Bytes types_text(const std::vector<std::pair<Bytes, std::string_view>>& types);

// Key to name of type. Errors: "structured-types".
Result<message::Map> read_types(BytesView text);

// An atom's name, quoted when it is no token.
Bytes atom_text(BytesView name);

// What the text stands for as a value of this type; `key` is for errors.
// Errors: "structured-value", and "structured-types" for a type that is none.
Result<message::Value> value_from_text(BytesView type, BytesView text, BytesView key,
                                       std::size_t depth);

inline constexpr BytesView kLinkSuffix = "+link";

// The key that a field of a TABM stands for: without the suffix of links.
BytesView without_link_suffix(BytesView field);

// message::normal_key, of a field that may be a link.
Bytes normal_field(BytesView field);

// A key in an error text: printable, and not too long.
std::string shown(BytesView key);

}  // namespace ao::codec
