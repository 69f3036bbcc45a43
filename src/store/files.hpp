// What the store does with files itself, all through the one file system that RocksDB uses too, so
// that tests can cut the power under both.
//
// Errors are exceptions, FileError naming the file.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "ao/base/bytes.hpp"

namespace ao::store {

class FileError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Files {
 public:
  explicit Files(std::shared_ptr<rocksdb::FileSystem> disk) : disk_(std::move(disk)) {}

  const std::shared_ptr<rocksdb::FileSystem>& shared() const { return disk_; }

  bool exists(const std::filesystem::path& path) const;
  std::vector<std::string> names_in(const std::filesystem::path& folder) const;

  // With the folders above it, each entry synced. New ones are for their owner only.
  void make_folder(const std::filesystem::path& folder) const;

  // Nullopt when there is no such file.
  std::optional<Bytes> read(const std::filesystem::path& file) const;

  // Either the old content or the new one is there after a power cut, and the new one after this.
  void replace(const std::filesystem::path& file, BytesView content) const;

  // Synced.
  void truncate(const std::filesystem::path& file, std::uint64_t size) const;

  // Nullopt where the file system cannot say.
  std::optional<std::uint64_t> free_bytes(const std::filesystem::path& folder) const;

 private:
  void sync_folder(const std::filesystem::path& folder) const;

  std::shared_ptr<rocksdb::FileSystem> disk_;
};

}  // namespace ao::store
