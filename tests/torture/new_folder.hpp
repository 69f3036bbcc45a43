// A new folder for what a programme leaves for study.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

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

}  // namespace ao::test
