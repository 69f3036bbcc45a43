// Evaluates a stored schedule again, in this program, and compares what comes of each slot with
// what is stored: on the node's own machine or, after an import, on any other.
//
// One thread, which waits. What the disk refuses is thrown as std::runtime_error.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ao/execution/evaluator.hpp"
#include "ao/store/store.hpp"

namespace ao::node {

struct ReplaySettings {
  execution::Settings execution;
  std::vector<std::string> builtin_modules;
  std::optional<Slot> last;  // else all
};

struct ReplayedSlot {
  const message::Assignment& assignment;
  message::Outcome outcome;
  bool is_stored = false;  // whether an outcome was there to be compared with
  bool is_same = false;    // byte for byte
};

struct Replay {
  std::optional<message::DataItem> module;  // of its process; none of a built-in
  std::uint64_t slots = 0;
  std::uint64_t compared = 0;
  std::uint64_t differing = 0;
};

// In the order of slots. Errors: kNotFound "process-unknown", "slot-unknown"; those of Modules and
// of Evaluator::create.
using VisitSlot = std::function<void(const ReplayedSlot&)>;
Result<Replay> replay(const store::Store& store, const ProcessId& process,
                      const ReplaySettings& settings, const VisitSlot& visit);

// Hears of each line that the last slot runs, but for the runtime's. The same errors.
Result<> trace(const store::Store& store, const ProcessId& process, const ReplaySettings& settings,
               const execution::Evaluator::Tracer& tracer);

}  // namespace ao::node
