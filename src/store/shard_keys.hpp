// Where the shard logs' own records stand in the store's key space.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/store/shard_logs.hpp"
#include "checksum.hpp"

namespace ao::store {

// `salt` is the store's id, which nobody outside knows.
inline Shard shard_with(BytesView salt, const ProcessId& process) {
  return {static_cast<std::uint8_t>(checksum_of(salt, process.bytes()).front())};
}

inline Bytes shard_key(char table, Shard shard) {
  return {table, static_cast<char>(shard.number)};
}

inline Bytes sequence_key(Shard shard, std::uint64_t sequence) {
  Bytes bytes = shard_key('l', shard);
  put_u64be(bytes, sequence);
  return bytes;
}

inline Bytes place_value(const ProcessId& process, Slot slot) {
  Bytes bytes(process.bytes());
  put_u64be(bytes, slot.number);
  return bytes;
}

inline Bytes head_value(const ShardHead& head) {
  Bytes bytes;
  put_u64be(bytes, head.epoch);
  put_u64be(bytes, head.next);
  return bytes;
}

// Nullopt for what is no head.
inline std::optional<ShardHead> head_in(BytesView value) {
  if (value.size() != 16) return std::nullopt;
  return ShardHead{get_u64be(value), get_u64be(value.substr(8))};
}

}  // namespace ao::store
