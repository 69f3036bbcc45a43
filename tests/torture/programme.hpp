// A fault programme: what breaks the node on purpose, and what must hold nevertheless.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "torture/checks.hpp"

namespace ao::test {

struct Options {
  std::size_t count = 20;  // faults
  std::uint64_t seed = 0;
  std::size_t clients = 5;
  std::string sabotage;  // breaks what the programme guards, to show that it notices
  std::filesystem::path node;
};

// SIGKILL at random moments, under load. Sabotage: "drop-wal", "lose-ack".
void run_kill(const Options& options, Checks& checks);

}  // namespace ao::test
