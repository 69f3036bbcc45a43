// Evaluates recorded schedules again, in one manner or another, and tells what came of each slot.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/execution/evaluator.hpp"
#include "torture/recorded_schedule.hpp"

namespace ao::test {

// Far below a node's, so that random programs come to their limits often and quickly.
constexpr execution::Settings kReplaySettings{.gas_per_message = 400'000,
                                              .gas_per_dry_run = 100'000,
                                              .memory_bytes = 8 << 20,
                                              .output_bytes = 256 << 10};

struct Manner {
  std::size_t rebuild_every = 0;  // slots, by replaying; 0 keeps the instance
  std::size_t rest_every = 0;     // slots, after which it is put to rest and wakes from its file
  bool dry_runs = false;          // one after each slot
  bool other_threads = false;     // a new thread for each slot
  std::string leak;               // sabotage: "state" or "outcome" depends on this process

  // "rebuild", "rest", "dry-runs", "threads", "leak-…".
  static Manner from_text(std::string_view words);
};

struct SlotTrace {
  message::Outcome outcome;
  crypto::Digest256 state;  // after it
};

std::vector<SlotTrace> replay(const RecordedSchedule& schedule, const Manner& manner,
                              const execution::Settings& settings = kReplaySettings);

}  // namespace ao::test
