// Which process is evaluated next: each in turn, one batch in flight per process.
//
// A pure decision, without threads or clock: the compute arrow asks it on one strand. A process
// that has more to do goes to the end of the line, so that none waits for a busy one's whole queue.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <unordered_map>

#include "ao/base/ids.hpp"

namespace ao::inbox {

class Inbox {
 public:
  // There is something to do for `process`: it will be taken once more from now on.
  void announce(const ProcessId& process);

  // The next process, in flight from now until `finish`; nullopt when none waits.
  std::optional<ProcessId> take();

  // This process, for something else than what was announced: in flight until `finish`. False when
  // it waits or is in flight.
  bool take(const ProcessId& process);

  // The batch is done. `more`: it was not all that there is.
  void finish(const ProcessId& process, bool more);

  std::size_t waiting() const { return line_.size(); }
  std::size_t in_flight() const { return in_flight_; }

 private:
  enum class State { kWaiting, kInFlight, kInFlightAnnounced };

  void line_up(const ProcessId& process);

  std::deque<ProcessId> line_;
  std::unordered_map<ProcessId, State> states_;
  std::size_t in_flight_ = 0;
};

}  // namespace ao::inbox
