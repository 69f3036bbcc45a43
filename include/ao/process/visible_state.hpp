// What processes show: the key paths that their patches set, readable without any evaluation.
//
//   v process path → value, as CBOR; a path is its parts, each followed by a zero byte
//
// Maps are stored leaf by leaf, so that `balances/ADDRESS` is one point read; lists and everything
// else are leaves. Keys are lower case, but for ids of 43 characters, as everywhere in AO.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ao/base/ids.hpp"
#include "ao/message/value.hpp"
#include "ao/store/store.hpp"

namespace ao::process {

using Path = std::vector<Bytes>;

class VisibleState {
 public:
  explicit VisibleState(const store::Store& store) : store_(store) {}

  // The value at `path`: a leaf, or the map of everything below. Nullopt when there is nothing.
  std::optional<message::Value> read(const ProcessId& process, const Path& path) const;

 private:
  const store::Store& store_;
};

// The changes of one batch of outcomes to one process's visible state.
class StateChange {
 public:
  StateChange(const store::Store& store, const ProcessId& process)
      : store_(store), process_(process) {}

  // Merges deeply: maps into maps, null removes, anything else replaces what was there. The patch
  // was found good by message::check_patch.
  void merge(const message::Value& patch);

  void write(store::Batch& batch) const;

 private:
  void merge_at(const Bytes& path, const message::Value& value);
  void merge_children(const Bytes& path, const message::Map& map);
  void clear_below(const Bytes& path);

  const store::Store& store_;
  ProcessId process_;
  std::map<Bytes, std::optional<Bytes>> writes_;  // by store key; nullopt removes
};

}  // namespace ao::process
