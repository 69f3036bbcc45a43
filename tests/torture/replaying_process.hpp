// A child process that replays recorded schedules, in surroundings of its own.
//
// One thread. The child is this program, or another build of it, as `torture replay`.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "torture/replay.hpp"

namespace ao::test {

// What an outcome must not depend on.
struct Surroundings {
  std::string name;
  std::filesystem::path binary;
  std::map<std::string, std::string> environment;  // beside that of this process
  bool randomised_addresses = true;
  std::string manner;  // of Manner::from_text
};

class ReplayingProcess {
 public:
  // Starts it. What it tells goes to a file beside the schedules.
  ReplayingProcess(Surroundings surroundings, const std::filesystem::path& schedules);
  ~ReplayingProcess();
  ReplayingProcess(const ReplayingProcess&) = delete;
  ReplayingProcess& operator=(const ReplayingProcess&) = delete;

  const Surroundings& surroundings() const { return surroundings_; }
  const std::filesystem::path& told() const { return told_; }

  // A line a slot: its number of schedule and slot, then digests of its outcome and of the state.
  // Throws std::runtime_error when the child did not end well.
  std::vector<std::string> wait();

 private:
  Surroundings surroundings_;
  std::filesystem::path told_;
  pid_t pid_ = -1;
};

// What the child does: reads the file, replays, and prints the lines; with "tell" in the manner,
// the outcomes too.
void replay_file(const std::filesystem::path& schedules, const std::string& manner);

void write_schedules(const std::vector<RecordedSchedule>& schedules,
                     const std::filesystem::path& file);

}  // namespace ao::test
