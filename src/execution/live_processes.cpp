// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/execution/live_processes.hpp"

#include <algorithm>

namespace ao::execution {

std::unique_ptr<Evaluator> LiveProcesses::take(const ProcessId& process) {
  const auto it = places_.find(process);
  if (it == places_.end()) return nullptr;
  auto evaluator = std::move(*it->second);
  evaluators_.erase(it->second);
  places_.erase(it);
  return evaluator;
}

void LiveProcesses::put(std::unique_ptr<Evaluator> evaluator) {
  const ProcessId process = evaluator->definition().id;
  evaluators_.push_front(std::move(evaluator));
  places_[process] = evaluators_.begin();
  while (evaluators_.size() > max_) {
    places_.erase(evaluators_.back()->definition().id);
    evaluators_.pop_back();
    ++evicted_;
  }
}

bool LiveProcesses::evict_rival_of(const ProcessId& process) {
  const auto rival = std::ranges::find_if(evaluators_, [&](const auto& evaluator) {
    return machine::Instance::share_an_address(evaluator->definition().id.bytes(), process.bytes());
  });
  if (rival == evaluators_.end()) return false;
  places_.erase((*rival)->definition().id);
  evaluators_.erase(rival);
  ++evicted_;
  return true;
}

}  // namespace ao::execution
