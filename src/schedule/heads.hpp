// The heads of the processes that were written to last.
//
// Two generations: whoever is asked for moves to the young one; when that is full it becomes the
// old one, and what was old and not asked for since is forgotten. Not synchronised.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

#include "ao/schedule/log.hpp"

namespace ao::schedule {

class Heads {
 public:
  explicit Heads(std::size_t kept_max) : generation_max_(kept_max / 2 + 1) {}

  // Nullptr when it is not kept. Valid until the next call.
  Head* find(const ProcessId& process) {
    if (const auto it = young_.find(process); it != young_.end()) return &it->second;
    const auto it = old_.find(process);
    if (it == old_.end()) return nullptr;
    const Head head = it->second;
    return &put(process, head);
  }

  Head& put(const ProcessId& process, const Head& head) {
    if (young_.size() >= generation_max_) {
      old_ = std::move(young_);
      young_.clear();
    }
    return young_.insert_or_assign(process, head).first->second;
  }

  void clear() {
    young_.clear();
    old_.clear();
  }

 private:
  std::size_t generation_max_;
  std::unordered_map<ProcessId, Head> young_;
  std::unordered_map<ProcessId, Head> old_;
};

}  // namespace ao::schedule
