// The processes of other nodes that this node follows: their slots are taken over, none is given.
//
//   n process → compared:u64, the slots before it gave the same outcomes there and here
//
// A process that was followed once is never scheduled by this node. Owned by `node`; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>
#include <vector>

#include "ao/async/guarded.hpp"
#include "ao/base/ids.hpp"
#include "ao/store/store.hpp"

namespace ao::process {

class Follows {
 public:
  explicit Follows(const store::Store& store);  // reads all of them

  bool contains(const ProcessId& process) const;
  Slot compared(const ProcessId& process) const;
  std::vector<ProcessId> list() const;

  // Errors: those of Store::commit.
  Task<Result<>> note(store::Store& store, ProcessId process, Slot compared);

 private:
  async::Guarded<std::unordered_map<ProcessId, Slot>> compared_;
};

}  // namespace ao::process
