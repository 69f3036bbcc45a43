// Byte strings, and the textual encodings that AO uses for them.
//
// A byte string is a std::string: keys, payloads and Lua strings are all of this kind, so nothing
// is copied to change its type. Text is never assumed to be UTF-8 unless a codec checked it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ao/base/result.hpp"

namespace ao {

using Bytes = std::string;
using BytesView = std::string_view;

// RFC 4648 §5 without padding: 32 bytes become 43 characters.
std::string base64url(BytesView bytes);

// Strict: refuses padding, foreign characters and non-zero bits after the last byte, so that every
// byte string has exactly one text.
Result<Bytes> from_base64url(std::string_view text);

// RFC 4648 §4 with padding, and as strict: the padding must be there and be whole.
std::string base64(BytesView bytes);
Result<Bytes> from_base64(std::string_view text);

// What clients mean by base64: either alphabet (not both in one text), padded wholly or not at all.
// Bits after the last byte must be zero here too, so a text without padding stays unambiguous.
Result<Bytes> from_any_base64(std::string_view text);

std::string hex(BytesView bytes);

Bytes lower_case(BytesView text);  // of ASCII letters

// AO keys and tag names compare without ASCII case.
bool same_key(BytesView a, BytesView b);

// RFC 3629: no overlong forms, no surrogates.
bool is_utf8(BytesView bytes);

// The length of the sequence that starts at `at`, or 0 when none well-formed does.
std::size_t utf8_sequence(BytesView bytes, std::size_t at);

// Big-endian, so that numbers in keys sort as numbers.
void put_u64be(Bytes& out, std::uint64_t value);
std::uint64_t get_u64be(BytesView eight_bytes);

}  // namespace ao
