// Eight bytes behind every stored value: XXH3 over its key and itself.
//
// RocksDB's own checksums tell that a block is what was written; these also tell that a record is
// in its place, and cover the way through memory.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cstring>
#include <optional>

#include "ao/base/bytes.hpp"

namespace ao::store {

using Checksum = std::array<char, 8>;

inline Checksum checksum_of(BytesView key, BytesView value) {
  const XXH64_hash_t of_key = XXH3_64bits(key.data(), key.size());
  XXH64_canonical_t bytes;
  XXH64_canonicalFromHash(&bytes, XXH3_64bits_withSeed(value.data(), value.size(), of_key));
  Checksum checksum;
  std::memcpy(checksum.data(), bytes.digest, checksum.size());
  return checksum;
}

// The value without its checksum; nullopt when they do not belong together.
inline std::optional<BytesView> checked_value(BytesView key, BytesView stored) {
  constexpr std::size_t kSize = std::tuple_size_v<Checksum>;
  if (stored.size() < kSize) return std::nullopt;
  const BytesView value = stored.substr(0, stored.size() - kSize);
  const Checksum expected = checksum_of(key, value);
  if (stored.substr(value.size()) != BytesView(expected.data(), kSize)) return std::nullopt;
  return value;
}

}  // namespace ao::store
