// What an operator does with a store whose node is stopped: measure, prove, compact, copy.
//
// Everything here takes the store's lock, so it is refused while a node uses it. Opening is as the
// node opens it: the write-ahead log becomes a table. Failures are the machine's: all functions
// throw std::runtime_error with one line that names the directory. One thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/finding.hpp"
#include "ao/base/progress.hpp"
#include "ao/store/store.hpp"

namespace ao::store {

// One level of RocksDB's tree.
struct Level {
  int number = 0;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

struct Shape {
  std::vector<Level> levels;      // those that have files
  std::uint64_t keys = 0;         // about: what was removed and not compacted counts
  std::uint64_t table_bytes = 0;  // of .sst files
  std::uint64_t log_bytes = 0;    // of the write-ahead log that opening made a table of
  std::uint64_t other_bytes = 0;  // manifests, options, RocksDB's own diary

  std::uint64_t disk_bytes() const { return table_bytes + other_bytes; }
};

// Throws unless the directory holds a store; Store::open would make one.
void expect_store(const std::filesystem::path& directory);

class StoppedStore {
 public:
  // Throws as Store::open does, and when there is no store.
  static std::unique_ptr<StoppedStore> open(const Settings& settings);

  virtual ~StoppedStore() = default;

  virtual Shape shape() const = 0;

  // Reads every table and compares the checksum of each block. A line for each table that is
  // damaged, naming its file. Progress in bytes.
  virtual std::vector<std::string> damaged_tables(const Progress& progress) const = 0;

  // Compares every record with its checksum: what was altered, or stands under another key. Nothing
  // can be read of a store beyond the first. Progress in entries.
  virtual Findings altered_records(const Progress& progress) const = 0;

  // Rewrites all tables into the last level, without what was removed. Progress in bytes written.
  virtual void compact(const Progress& progress) = 0;

  // A copy into a new directory with its head anchor, as it is now: hard links where the file
  // system is the same, the bytes elsewhere. Compared with the original, and synced, before it gets
  // its name. Returns the number of entries. Nothing stays behind after a failure. Progress: of the
  // copying in bytes, of the comparing in entries.
  virtual std::uint64_t back_up(const std::filesystem::path& directory, const Progress& copying,
                                const Progress& comparing) const = 0;
};

// Copies a backup to where no store is yet (missing, or an empty directory), compares and syncs it
// before it gets its name. Its head anchor takes the place of whatever anchor was there. Returns
// the number of entries.
std::uint64_t restore(const std::filesystem::path& backup, const Settings& settings,
                      const Progress& copying, const Progress& comparing);

}  // namespace ao::store
