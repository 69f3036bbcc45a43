// What an operator can choose of what is kept here once it is settled; what each option is for
// stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace ao::node {

struct RetentionSettings {
  std::size_t results_max = 0;                      // of each process; 0: all of them
  std::chrono::milliseconds checkpoint_idle_max{};  // 0: for ever
  std::chrono::milliseconds interval{60'000};       // between two looks

  bool prunes() const { return results_max > 0 || checkpoint_idle_max.count() > 0; }
};

}  // namespace ao::node
