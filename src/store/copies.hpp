// Files and directories, copied and synced so that a power cut leaves all of them or none.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>

#include "ao/base/progress.hpp"

namespace ao::store {

// Throws std::runtime_error naming the directory of a store.
[[noreturn]] void refuse(const std::filesystem::path& directory, std::string_view reason);

// Everything below throws std::filesystem::filesystem_error.

// Sizes of the regular files of a directory, by name. What vanishes meanwhile is left out, be it
// the directory.
std::map<std::string, std::uint64_t> sizes_in(const std::filesystem::path& directory);

// Copies and syncs the regular files of a directory, but for locks and RocksDB's diary (LOG).
void copy_files(const std::filesystem::path& from, const std::filesystem::path& to,
                const Progress& progress);

// A directory under construction, beside the place where it is to be. Removed unless it is put
// there.
class NewDirectory {
 public:
  // Throws when something is at the place already (an empty directory is nothing), or something is
  // left of an earlier construction.
  explicit NewDirectory(const std::filesystem::path& place);
  ~NewDirectory();
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  // Where to build it. Whoever builds makes the directory.
  const std::filesystem::path& path() const { return path_; }

  // Syncs it and gives it its name.
  void put_in_place();

 private:
  std::filesystem::path place_;
  std::filesystem::path path_;
  bool is_in_place_ = false;
};

}  // namespace ao::store
