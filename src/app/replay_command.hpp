// `aonode replay`: what became of a slot, seen from inside.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/node/settings.hpp"
#include "db_commands.hpp"

namespace ao::app {

struct ReplayOptions {
  std::string process;
  std::string slot;      // empty: all
  bool trace = false;    // of the last slot
  bool as_json = false;  // of its outcome
};

// Prints the outcome of the last slot that is replayed, and whether all are as they are stored.
// 1 when one is not. Throws std::runtime_error.
int replay(const DbOptions& options, const node::Settings& settings, const ReplayOptions& wanted);

}  // namespace ao::app
