// Running the node until somebody stops it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/node/settings.hpp"

namespace ao::app {

// Serves until SIGTERM or SIGINT, drains, and returns the exit code. Throws std::runtime_error with
// one clear line when it cannot start.
int run_node(const node::Settings& settings);

}  // namespace ao::app
