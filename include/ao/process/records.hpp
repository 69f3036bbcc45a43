// What is kept of each process beside its schedule: outcomes, how far it was evaluated, and the
// items (modules) that processes are made from.
//
//   r process slot → outcome, as CBOR           c process → count:u64 of evaluated slots
//   r process      → the first slot whose outcome is kept; none: all are
//   d item         → an ANS-104 item that is not scheduled: a module, data; it is also put into the
//                    index of items (message/item_index.hpp)
//
// Owned by `node`; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/outcome.hpp"
#include "ao/store/store.hpp"

namespace ao::process {

class Records {
 public:
  explicit Records(const store::Store& store) : store_(store) {}

  std::optional<message::Outcome> outcome(const ProcessId& process, Slot slot) const;
  // The stored bytes of an outcome, to compare a replay with.
  std::optional<Bytes> outcome_bytes(const ProcessId& process, Slot slot) const;

  // The first slot that was not evaluated.
  Slot evaluated(const ProcessId& process) const;

  // Outcomes of slots before this one were removed; whoever wants one evaluates the schedule again.
  Slot kept_from(const ProcessId& process) const;

  std::optional<message::DataItem> item(const MessageId& id) const;

  // An outcome, as it is stored, and the cursor behind it.
  static void write(const ProcessId& process, Slot slot, Bytes outcome, store::Batch& batch);
  static void write(const message::DataItem& item, store::Batch& batch);
  // The outcomes of [kept_from, end), which were evaluated.
  void forget(const ProcessId& process, Slot end, store::Batch& batch) const;

 private:
  const store::Store& store_;
};

}  // namespace ao::process
