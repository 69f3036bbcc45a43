// What the workers make a process from: its spawn and module, and its state as it was last kept.
//
// Owned by `node`; any thread. Reads the disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/process/checkpoints.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"
#include "ao/worker/workers.hpp"
#include "modules.hpp"

namespace ao::node {

class Recipes {
 public:
  Recipes(const store::Store& store, const schedule::Log& log, const Modules& modules)
      : log_(log), modules_(modules), records_(store), checkpoints_(store) {}

  // `wakes`: from a file, so it needs no module. Errors: kNotFound "process-unknown",
  // "module-unknown".
  Result<worker::Recipe> find(const ProcessId& process, bool wakes) const;

  // The slot that the last checkpoint expects, when it is of this build; it is of no use else.
  std::optional<Slot> checkpoint(const ProcessId& process) const;

  // Writes the file that the process wakes from as its checkpoint says, when there is one that
  // expects no later slot than `end`. The bytes of it, or 0.
  Result<std::uint64_t> restore(const ProcessId& process, Slot end,
                                const worker::Workers& workers) const;

 private:
  std::optional<process::Checkpoint> usable_checkpoint(const ProcessId& process) const;

  const schedule::Log& log_;
  const Modules& modules_;
  process::Records records_;
  process::Checkpoints checkpoints_;
};

}  // namespace ao::node
