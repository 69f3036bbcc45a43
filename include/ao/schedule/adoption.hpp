// Taking over the schedule of processes as it was made: the same slots, the same assignments.
//
// Decides about one assignment at a time, in the order of slots; the writes are the caller's to
// commit, in order. One thread, and nobody else schedules meanwhile.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "ao/schedule/log.hpp"

namespace ao::schedule {

struct AdoptionSettings {
  // Whose assignments are taken over; empty: anyone's. Two schedulers that both go on make two
  // histories of a process.
  std::set<Address> schedulers;
};

// Whether two assignments of one slot are the same bytes. Errors: kConflict "slot-taken".
Result<> check_same(const message::Assignment& here, const message::Assignment& other);

class Adoption {
 public:
  // What is to be appended to the log of the process's shard, together. Of one process: whoever
  // comes with another one's assignment has appended this before.
  struct Draft {
    std::vector<store::Entry> entries;
    store::Batch beside;
  };

  Adoption(const store::Store& store, AdoptionSettings settings)
      : log_(store), settings_(std::move(settings)) {}

  // True when it was added to the draft, false when it is here already, byte for byte. `verified`:
  // both signatures hold. Errors: "chain-broken" when it does not follow what is here; kConflict
  // "slot-taken" when its slot holds something else; kDenied "scheduler-foreign"; those of
  // Log::head.
  Result<bool> take(const message::Assignment& verified, Draft& draft);

 private:
  // Where the process stands whose assignments come now, with what was taken and not committed.
  struct Tail {
    ProcessId process;
    Slot next;
    std::optional<message::Assignment> last;
  };

  Result<> turn_to(const ProcessId& process);

  Log log_;
  AdoptionSettings settings_;
  std::optional<Tail> tail_;
};

}  // namespace ao::schedule
