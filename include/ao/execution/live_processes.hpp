// The processes in memory that are not being evaluated right now, the least recently used first to
// go. A process that went is built again by replay. Used on the compute strand only.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <unordered_map>

#include "ao/execution/evaluator.hpp"

namespace ao::execution {

class LiveProcesses {
 public:
  explicit LiveProcesses(std::size_t max) : max_(max) {}

  // Takes the evaluator out; null when the process is not in memory.
  std::unique_ptr<Evaluator> take(const ProcessId& process);

  // Gives it back; evicts others when there are too many.
  void put(std::unique_ptr<Evaluator> evaluator);

  // Makes room at the address that `process` needs. False when no idle process holds it.
  bool evict_rival_of(const ProcessId& process);

  std::size_t size() const { return evaluators_.size(); }
  std::uint64_t evicted() const { return evicted_; }

 private:
  using Order = std::list<std::unique_ptr<Evaluator>>;  // most recently used first

  std::size_t max_;
  Order evaluators_;
  std::unordered_map<ProcessId, Order::iterator> places_;
  std::uint64_t evicted_ = 0;
};

}  // namespace ao::execution
