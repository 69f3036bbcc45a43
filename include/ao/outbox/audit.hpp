// Proves what is stored of one process's outbox: that each entry is what the outcome of its slot
// sent.
//
// Any thread. Reads only. A read that fails throws, as the store does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ao/base/finding.hpp"
#include "ao/outbox/outbox.hpp"

namespace ao::outbox {

struct StoredOutcome {
  bool was_pruned = false;  // there was one, which nothing is compared with any more
  std::optional<message::Outcome> outcome;
};

// What an outcome put into the outbox there: messages and spawns, and behind them assignments.
std::optional<message::Outgoing> sent_at(const message::Outcome& outcome, std::uint64_t index);

using OutcomeOf = std::function<StoredOutcome(const ProcessId& process, Slot slot)>;

void audit(const store::Store& store, const ProcessId& process, const OutcomeOf& outcome_of,
           Findings& findings);

}  // namespace ao::outbox
