// What hostile messages at one process cost the others of a real node.
//
// Windows of two kinds take turns. In a hostile one, programs stream at one process; in a calm one,
// a thread of this program uses as much of the processor instead, so that only what the node itself
// makes them wait for tells the windows apart.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/hostile_programs.hpp"
#include "torture/programme.hpp"

namespace ao::test {

// The module of a process that runs the data of messages with Action Run, and answers Ping.
std::string target_module();

// Checks that the 99th percentile of the neighbours' latency at most doubles, that all their
// messages succeed, and that the node neither crashes nor leaves the hostile messages' process
// stuck. Sabotage: "one-thread" (the node evaluates one process at a time).
void check_neighbours(const std::vector<HostileProgram>& programs, const Options& options,
                      Checks& checks);

}  // namespace ao::test
