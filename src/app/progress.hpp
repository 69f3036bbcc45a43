// How far long work is: a bar with rate and time left on a terminal, a line of the log every ten
// seconds elsewhere, nothing when it is quiet. On standard error.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "ao/base/progress.hpp"

namespace ao::app {

// "12.3 MiB", "1,234"
std::string bytes_text(std::uint64_t bytes);
std::string count_text(std::uint64_t count);

class ProgressLine {
 public:
  enum class Unit { kBytes, kEntries };

  // `what` is being done: "checking tables".
  ProgressLine(std::string what, Unit unit, bool quiet);
  ~ProgressLine();  // takes the bar away
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Refers to this line.
  Progress teller() {
    return [this](std::uint64_t done, std::uint64_t total) { tell(done, total); };
  }

 private:
  using Clock = std::chrono::steady_clock;

  void tell(std::uint64_t done, std::uint64_t total);
  void draw(int percent, const std::string& rate, const std::string& left);

  const std::string what_;
  const Unit unit_;
  const bool quiet_;
  const bool to_terminal_;
  std::optional<Clock::time_point> began_;  // when it was first told something
  std::uint64_t done_at_first_ = 0;
  Clock::time_point told_;
  bool is_drawn_ = false;
};

}  // namespace ao::app
