// What processes sent and nobody has delivered yet.
//
//   b process slot index:u64 → outgoing message, as CBOR
//
// Written in the same batch as the outcome that produced it, removed when its delivery is settled:
// what is here was committed (style: commit before send). Owned by `node`; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/admitted.hpp"
#include "ao/message/outcome.hpp"
#include "ao/store/store.hpp"

namespace ao::outbox {

struct Entry {
  message::Origin origin;
  message::Outgoing outgoing;
};

class Outbox {
 public:
  explicit Outbox(const store::Store& store) : store_(store) {}

  static void write(const message::Outcome& outcome, store::Batch& batch);
  static void remove(const message::Origin& origin, store::Batch& batch);

  // The oldest entries of a process from `from` on, in the order of slots and indices. Whoever
  // settles entries starts behind them: the store passes over removed ones one by one.
  std::vector<Entry> oldest(const ProcessId& process, Slot from, std::size_t count) const;

  bool has(const message::Origin& origin) const;

  // The processes that have entries.
  std::vector<ProcessId> senders() const;

 private:
  const store::Store& store_;
};

}  // namespace ao::outbox
