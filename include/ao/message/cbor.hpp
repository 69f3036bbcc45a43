// Values as deterministic CBOR (RFC 8949): the form in which they are stored and hashed.
//
// Shortest heads for lengths and integers, definite lengths, 64-bit floats with one NaN, byte
// strings (major type 2) for every string, and map keys sorted by their bytes. Atoms are byte
// strings under tag 39, links 32 bytes under tag 27755. One value has one encoding; the decoder
// refuses any other.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::message {

Bytes to_cbor(const Value& value);
void append_cbor(Bytes& out, const Value& value);

// Errors: code "cbor-malformed" with the offset; nesting over 64 is refused.
Result<Value> from_cbor(BytesView bytes);

}  // namespace ao::message
