// What goes to the workers, and what comes back.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/execution/evaluator.hpp"

namespace ao::worker {

// What a process is made from.
struct Recipe {
  message::DataItem spawn;
  std::optional<message::DataItem> module;
  bool wakes = false;  // from its file, so the module was not looked for
};

// What a durable image lacks of a process's state.
struct Changes {
  Slot next;
  Bytes head;
  bool is_whole;                                       // it has nothing that could be kept
  std::vector<std::pair<std::uint64_t, Bytes>> pages;  // by number, of 4096 bytes
};

// An outcome, and the bytes that it is stored as.
struct Evaluated {
  message::Outcome outcome;
  Bytes stored;
};

}  // namespace ao::worker
