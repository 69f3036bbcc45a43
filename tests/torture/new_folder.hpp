// A new folder for what a programme leaves for study.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "torture/checks.hpp"
#include "torture/node_process.hpp"

namespace ao::test {

inline std::filesystem::path new_folder(
    const std::string& programme,
    const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
  const auto pattern = parent / ("aonode-" + programme + "-XXXXXX");
  std::string name = pattern.string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

// Where a sync costs nothing: who waits for a busy disk is not waiting for the node.
inline std::filesystem::path in_memory() {
  const std::filesystem::path shared = "/dev/shm";
  return std::filesystem::is_directory(shared) ? shared : std::filesystem::temp_directory_path();
}

// The end of a programme whose node is in `folder`: gone, or kept for study when a check failed.
inline void leave(const std::filesystem::path& folder, NodeProcess& node, const Checks& checks) {
  if (checks.failed() > 0) {
    fmt::print("kept for study: {}; the last lines of the node's log:\n{}", folder.string(),
               node.last_log_lines(10));
  } else {
    node.kill();
    std::filesystem::remove_all(folder);
  }
}

}  // namespace ao::test
