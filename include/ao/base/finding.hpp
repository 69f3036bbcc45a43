// What is wrong with something that is stored, as whoever proves it tells it.
//
// Values, of one thread each; several provers keep their own and are joined afterwards.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ao/base/ids.hpp"

namespace ao {

struct Finding {
  std::optional<ProcessId> process;
  std::optional<Slot> slot;
  std::string what;  // a clause: "its outcome is missing"

  std::string text() const;  // "process ID, slot 7: its outcome is missing"
};

// Counts them all, and keeps the first ones.
class Findings {
 public:
  explicit Findings(std::size_t kept_max) : kept_max_(kept_max) {}

  void add(std::string what);
  void add(const ProcessId& process, std::string what);
  void add(const ProcessId& process, Slot slot, std::string what);
  void add(Findings others);

  const std::vector<Finding>& kept() const { return kept_; }
  std::uint64_t count() const { return count_; }

 private:
  void keep(Finding finding);

  std::size_t kept_max_;
  std::uint64_t count_ = 0;
  std::vector<Finding> kept_;
};

}  // namespace ao
