// A disk in memory: a whole file system for RocksDB whose power can be cut and whose operations
// can be made to fail.
//
// It knows which bytes and which names were synced, and makes the disk that a power cut would
// leave. RangeSync syncs nothing, a sync of a file syncs its bytes and not its name, and
// information logs are not kept. The functions of RocksDB are called from any thread, and so may be
// all others. Bytes that a power cut keeps come from the random numbers that it is given: the same
// ones give the same disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/file_system.h>

#include <filesystem>
#include <mutex>
#include <set>

#include "torture/disk/faults.hpp"
#include "torture/disk/tree.hpp"

namespace ao::test {

// What a disk that lies does not do, to show that programmes notice.
struct Lies {
  std::string unsynced_ending;     // files named so are not synced, though it says so
  bool skips_directories = false;  // nor are the names in directories
};

class SimulatedDisk final : public rocksdb::FileSystem {
 public:
  using Status = rocksdb::IOStatus;
  template <class T>
  using Made = std::unique_ptr<T>*;
  using Options = rocksdb::IOOptions;
  using FileOptions = rocksdb::FileOptions;
  using Debug = rocksdb::IODebugContext;

  explicit SimulatedDisk(Lies lies = {}) : lies_(std::move(lies)) {}

  // Faults (torture/disk/faults.hpp).
  void inject(const Fault& fault);
  void heal();
  void cut_power_at(std::uint64_t change);
  void cut_power();
  bool is_off() const;
  std::string cut() const;
  std::uint64_t count(Operation operation) const;
  std::uint64_t count() const;
  std::uint64_t changes() const;
  std::uint64_t hits() const;
  std::string struck() const;
  std::uint64_t syncs_after_a_failed_one() const;  // of the same file

  // New disks with what this one holds, powered and without faults: all that was written; what was
  // synced; what was synced and some of the rest.
  std::shared_ptr<SimulatedDisk> copy() const;
  std::shared_ptr<SimulatedDisk> what_is_synced() const;
  std::shared_ptr<SimulatedDisk> after_power_cut(Random& random) const;

  // Behind RocksDB's back. Paths of files; throws std::out_of_range for a file that is not there.
  std::vector<std::string> files() const;
  Bytes read(const std::string& path) const;
  void replace(const std::string& path, Bytes content);  // or makes it
  void erase(const std::string& path);
  void save(const std::filesystem::path& folder) const;  // a copy on the machine's own disk

  // rocksdb::FileSystem
  const char* Name() const override { return "SimulatedDisk"; }
  Status NewSequentialFile(const std::string& name, const FileOptions& options,
                           Made<rocksdb::FSSequentialFile> file, Debug* debug) override;
  Status NewRandomAccessFile(const std::string& name, const FileOptions& options,
                             Made<rocksdb::FSRandomAccessFile> file, Debug* debug) override;
  Status NewWritableFile(const std::string& name, const FileOptions& options,
                         Made<rocksdb::FSWritableFile> file, Debug* debug) override;
  Status ReopenWritableFile(const std::string& name, const FileOptions& options,
                            Made<rocksdb::FSWritableFile> file, Debug* debug) override;
  Status ReuseWritableFile(const std::string& name, const std::string& old_name,
                           const FileOptions& options, Made<rocksdb::FSWritableFile> file,
                           Debug* debug) override;
  Status NewDirectory(const std::string& name, const Options& options,
                      Made<rocksdb::FSDirectory> directory, Debug* debug) override;
  Status FileExists(const std::string& name, const Options& options, Debug* debug) override;
  Status GetChildren(const std::string& directory, const Options& options,
                     std::vector<std::string>* names, Debug* debug) override;
  Status DeleteFile(const std::string& name, const Options& options, Debug* debug) override;
  Status Truncate(const std::string& name, std::size_t size, const Options& options,
                  Debug* debug) override;
  Status CreateDir(const std::string& name, const Options& options, Debug* debug) override;
  Status CreateDirIfMissing(const std::string& name, const Options& options, Debug* debug) override;
  Status DeleteDir(const std::string& name, const Options& options, Debug* debug) override;
  Status GetFileSize(const std::string& name, const Options& options, std::uint64_t* size,
                     Debug* debug) override;
  Status GetFileModificationTime(const std::string& name, const Options& options,
                                 std::uint64_t* time, Debug* debug) override;
  Status RenameFile(const std::string& from, const std::string& to, const Options& options,
                    Debug* debug) override;
  Status LinkFile(const std::string& from, const std::string& to, const Options& options,
                  Debug* debug) override;
  Status NumFileLinks(const std::string& name, const Options& options, std::uint64_t* count,
                      Debug* debug) override;
  Status AreFilesSame(const std::string& first, const std::string& second, const Options& options,
                      bool* same, Debug* debug) override;
  Status LockFile(const std::string& name, const Options& options, rocksdb::FileLock** lock,
                  Debug* debug) override;
  Status UnlockFile(rocksdb::FileLock* lock, const Options& options, Debug* debug) override;
  Status GetTestDirectory(const Options& options, std::string* path, Debug* debug) override;
  Status GetAbsolutePath(const std::string& path, const Options& options, std::string* absolute,
                         Debug* debug) override;
  Status NewLogger(const std::string& name, const Options& options,
                   std::shared_ptr<rocksdb::Logger>* logger, Debug* debug) override;
  Status GetFreeSpace(const std::string& path, const Options& options, std::uint64_t* bytes,
                      Debug* debug) override;
  Status IsDirectory(const std::string& path, const Options& options, bool* is_directory,
                     Debug* debug) override;

 private:
  class Reader;
  class PositionedReader;
  class Writer;
  class Directory;
  class Lock;

  // Counts the operation, fails it or holds it up; then `act` runs under the lock. `act` returns a
  // Status.
  template <class Act>
  Status perform(Operation operation, const std::string& path, Act act);

  Status read_at(const Node& node, const std::string& path, std::uint64_t offset, std::size_t count,
                 rocksdb::Slice* result, char* scratch);
  Status sync(Node& node, const std::string& path);
  NodePointer make_file(const std::string& path);  // under the lock
  bool lies_about(const std::string& path) const;
  std::shared_ptr<SimulatedDisk> holding(const std::map<std::string, NodePointer>& names,
                                         std::optional<Tearing> tearing, Random& random) const;

  const Lies lies_;
  mutable std::mutex mutex_;  // guards what follows
  Faults faults_;
  Tree tree_;
  std::set<std::string> locked_;
  std::uint64_t modifications_ = 0;
  std::uint64_t repeated_syncs_ = 0;
};

}  // namespace ao::test
