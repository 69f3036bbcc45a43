// What processes show: the key paths that their patches set, readable without any evaluation, as
// they are and as they were after each slot.
//
//   v process path      → value, as CBOR; a path is its parts, each followed by a zero byte
//   u process path slot → the value before that slot changed it; empty: there was none
//   u process           → the first slot whose changes are in `u`
//
// Maps are stored leaf by leaf, so that `balances/ADDRESS` is one point read; lists and everything
// else are leaves. Keys are lower case, but for ids of 43 characters, as everywhere in AO. What a
// leaf was after a slot is what the next slot that changed it found, or else what it is: a read of
// the past costs one seek for each leaf, however long ago it was.
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

  // The same as it was after `slot`, which was evaluated. Errors: kNotFound "state-forgotten" when
  // the slot was evaluated by a node that kept only the present.
  Result<std::optional<message::Value>> read_after(const ProcessId& process, Slot slot,
                                                   const Path& path) const;

 private:
  Slot kept_from(const ProcessId& process) const;

  const store::Store& store_;
};

// The changes of one batch of outcomes to one process's visible state.
class StateChange {
 public:
  StateChange(const store::Store& store, const ProcessId& process)
      : store_(store), process_(process) {}

  // Of one slot after the other. Merges deeply: maps into maps, null removes, anything else
  // replaces what was there. The patch was found good by message::check_patch.
  void merge(Slot slot, const message::Value& patch);

  void write(store::Batch& batch) const;

 private:
  using Leaf = std::optional<Bytes>;  // its CBOR

  void merge_at(const Bytes& path, const message::Value& value);
  void merge_children(const Bytes& path, const message::Map& map);
  void replace(const Bytes& path, Leaf after);
  Leaf leaf_at(const Bytes& path) const;
  void clear_below(const Bytes& path);
  void set(const Bytes& path, const Leaf& before, Leaf after);

  const store::Store& store_;
  ProcessId process_;
  Slot first_;
  Slot slot_;                     // that is being merged
  std::map<Bytes, Leaf> writes_;  // by store key; nullopt removes
  std::map<Bytes, Bytes> found_;  // by store key: what each slot found where it changed something
};

}  // namespace ao::process
