// What processes sent to processes that other nodes schedule, or are to schedule, and those have
// not taken yet.
//
//   f target sender slot index:u64 → outgoing message, as CBOR
//
// An entry moves here from the outbox in one write, so that a target that cannot be reached holds
// up nobody else's; on each route they stay in the order in which they were sent. Owned by `node`;
// any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/finding.hpp"
#include "ao/outbox/audit.hpp"
#include "ao/outbox/outbox.hpp"

namespace ao::outbox {

// From whom to whom: what is sent along it arrives in its order.
struct Route {
  ProcessId target;
  ProcessId sender;

  auto operator<=>(const Route&) const = default;
};

class Forwards {
 public:
  explicit Forwards(const store::Store& store) : store_(store) {}

  // The route's target of what is sent: the process that it names; of a spawn, something that
  // stands for the scheduler that it names. Nullopt for what is no id.
  static std::optional<ProcessId> target_of(const message::Outgoing& outgoing);

  static void write(const ProcessId& target, const Entry& entry, store::Batch& batch);
  static void remove(const ProcessId& target, const message::Origin& origin, store::Batch& batch);

  // The oldest entries of a route from `from` on, up to `count` and about `bytes_max`. Whoever
  // settles entries starts behind them: the store passes over removed ones one by one.
  std::vector<Entry> oldest(const Route& route, Slot from, std::size_t count,
                            std::size_t bytes_max) const;

  bool has(const ProcessId& target, const message::Origin& origin) const;

  std::vector<Route> routes() const;  // that have entries

  // That each entry can be read and is what its outcome sent.
  void audit(const OutcomeOf& outcome_of, Findings& findings) const;

 private:
  const store::Store& store_;
};

}  // namespace ao::outbox
