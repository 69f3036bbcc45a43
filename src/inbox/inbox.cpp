// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/inbox/inbox.hpp"

#include "ao/base/assert.hpp"

namespace ao::inbox {

void Inbox::announce(const ProcessId& process) {
  const auto it = states_.find(process);
  if (it == states_.end()) {
    line_up(process);
  } else if (it->second == State::kInFlight) {
    it->second = State::kInFlightAnnounced;
  }
}

std::optional<ProcessId> Inbox::take() {
  if (line_.empty()) return std::nullopt;
  const ProcessId process = line_.front();
  line_.pop_front();
  states_[process] = State::kInFlight;
  ++in_flight_;
  return process;
}

bool Inbox::take(const ProcessId& process) {
  if (!states_.try_emplace(process, State::kInFlight).second) return false;
  ++in_flight_;
  return true;
}

void Inbox::finish(const ProcessId& process, bool more) {
  const auto it = states_.find(process);
  AO_ASSERT(it != states_.end() && it->second != State::kWaiting);
  const bool announced = it->second == State::kInFlightAnnounced;
  states_.erase(it);
  --in_flight_;
  if (more || announced) line_up(process);
}

void Inbox::line_up(const ProcessId& process) {
  states_[process] = State::kWaiting;
  line_.push_back(process);
}

}  // namespace ao::inbox
