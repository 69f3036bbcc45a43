// How the paths of visible states are keys of the store.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/ids.hpp"
#include "ao/message/paths.hpp"
#include "ao/process/visible_state.hpp"

namespace ao::process::state_keys {

constexpr std::size_t kSlotBytes = 8;

inline Bytes down(Bytes path, BytesView key) {
  path += key;
  path.push_back('\0');
  return path;
}

inline Bytes present(const ProcessId& process) {
  return 'v' + Bytes(process.bytes());
}

inline Bytes present(const ProcessId& process, const Path& path) {
  Bytes key = present(process);
  for (const Bytes& part : path)
    key = down(std::move(key), message::normal_key(part));
  return key;
}

// The key of the same path in the other table, where it is a prefix.
inline Bytes past(Bytes key) {
  key.front() = 'u';
  return key;
}

inline Bytes past(Bytes key, Slot slot) {
  put_u64be(key, slot.number);
  return past(std::move(key));
}

}  // namespace ao::process::state_keys
