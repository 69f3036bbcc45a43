// The hostile programs of tests/fixtures/hostile: what each is called, and how it must end.
//
// A file is a kind. In it a program stands behind a line `--- name: ending` or, when it does not
// spend all its gas, `--- name: ending, N gas`; N belongs to the gas table's version (docs/gas.md)
// and to kHostileLimits. Those of the kind `process` use what the runtime gives a process, and have
// no N.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ao/machine/instance.hpp"

namespace ao::test {

constexpr machine::Limits kHostileLimits{
    .gas = 5'000'000, .memory_bytes = 16 << 20, .output_bytes = 1 << 20};

struct HostileProgram {
  std::string kind;
  std::string name;
  machine::Ending ending;
  std::uint64_t gas;
  std::string source;

  bool needs_process() const { return kind == "process"; }
};

// In the order of their kinds and within them. Throws std::runtime_error for a file it cannot read.
std::vector<HostileProgram> hostile_programs();

std::string name_of(machine::Ending ending);  // as the files have it

// A new instance of this name that runs the program once, as a main program.
machine::Evaluation run_bare(const HostileProgram& program, machine::Instance& instance);

}  // namespace ao::test
