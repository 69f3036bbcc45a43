// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "support/hostile_programs.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "support/workbench.hpp"

namespace ao::test {
namespace {

using machine::Ending;

constexpr std::array kEndings{Ending::kReturned, Ending::kRaised, Ending::kOutOfGas,
                              Ending::kOutOfMemory};

HostileProgram program_of(const std::string& kind, const std::string& line) {
  static const std::regex kForm("--- ([a-z0-9-]+): ([a-z ]+?)(?:, ([0-9]+) gas)?");
  std::smatch parts;
  if (!std::regex_match(line, parts, kForm)) throw std::runtime_error(kind + ": " + line);
  const auto ending = std::ranges::find(kEndings, parts[2].str(), name_of);
  if (ending == kEndings.end()) throw std::runtime_error(kind + ": " + line);
  const std::uint64_t gas = parts[3].matched ? std::stoull(parts[3]) : kHostileLimits.gas;
  return {kind, parts[1], *ending, gas, {}};
}

void read_kind(const std::filesystem::path& file, std::vector<HostileProgram>& programs) {
  std::istringstream lines(read_file(file));
  bool begun = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("--- ")) {
      programs.push_back(program_of(file.stem(), line));
      begun = true;
    } else if (begun) {
      programs.back().source += line + '\n';
    }
  }
}

}  // namespace

std::string name_of(Ending ending) {
  constexpr std::array kNames{"returned", "raised", "out of gas", "out of memory"};
  return kNames.at(static_cast<std::size_t>(ending));
}

std::vector<HostileProgram> hostile_programs() {
  const auto folder = test::source_folder() / "tests/fixtures/hostile";
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<HostileProgram> programs;
  for (const auto& file : files)
    read_kind(file, programs);
  return programs;
}

machine::Evaluation run_bare(const HostileProgram& program, machine::Instance& instance) {
  return instance.load({program.name, program.source}, kHostileLimits);
}

}  // namespace ao::test
