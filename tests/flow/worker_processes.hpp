// The worker processes of this program's node, found by their parents.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ao::test {

inline std::vector<pid_t> workers() {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), process).ec != std::errc())
      continue;
    std::ifstream file(entry.path() / "stat");
    std::string number, command, state;
    pid_t parent = 0;
    file >> number >> command >> state >> parent;
    if (parent == getpid() && state != "Z") found.push_back(process);
  }
  return found;
}

inline void signal_workers(int signal) {
  for (const pid_t worker : workers())
    kill(worker, signal);
}

}  // namespace ao::test
