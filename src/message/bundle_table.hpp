// The table in front of a bundle's items: count:u256 *( size:u256 id:32 ), little-endian.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include "ao/base/bytes.hpp"

namespace ao::message::bundle {

constexpr std::size_t kNumberBytes = 32;
constexpr std::size_t kEntryBytes = 2 * kNumberBytes;

inline void put_number(Bytes& out, std::uint64_t value) {
  for (std::size_t i = 0; i < kNumberBytes; ++i)
    out.push_back(i < 8 ? static_cast<char>(value >> (8 * i) & 0xff) : '\0');
}

// The number that starts `body`, which is long enough; `at` is where, for errors.
inline Result<std::uint64_t> number(BytesView body, std::size_t at, const std::string& place) {
  std::uint64_t value = 0;
  for (std::size_t i = kNumberBytes; i-- > 0;) {
    const auto byte = static_cast<unsigned char>(body[i]);
    if (i >= 8 && byte != 0)
      return fail(ErrorKind::kInvalid, "bundle-number",
                  fmt::format("{}byte {}: a number over 64 bits", place, at + i));
    value = value << 8 | byte;
  }
  return value;
}

}  // namespace ao::message::bundle
