// A disk whose syncs of the write-ahead log can be counted, held up and made to fail, and that
// knows which bytes would outlive a power cut.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/file_system.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace ao::store {

class FaultyDisk final : public rocksdb::FileSystemWrapper {
 public:
  FaultyDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "FaultyDisk"; }

  // Counted from the first; 0 is none.
  void fail_log_sync(std::uint64_t number);
  void fail_log_appends();
  std::uint64_t log_syncs() const;

  // Log syncs wait between the two; `await_held` returns once one does, false when none comes.
  void hold_log_syncs();
  [[nodiscard]] bool await_held();
  void release_log_syncs();

  // What a power cut now would leave of `store`, copied to `to`: every log cut to its last sync.
  void copy_what_is_synced(const std::filesystem::path& store, const std::filesystem::path& to);

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;

 private:
  class LogFile;
  rocksdb::IOStatus before_append();
  rocksdb::IOStatus before_sync();
  void synced(const std::string& name, std::uint64_t bytes);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t syncs_ = 0;
  std::uint64_t failing_sync_ = 0;
  bool appends_fail_ = false;
  bool holding_ = false;
  std::size_t held_ = 0;
  std::map<std::string, std::uint64_t> synced_bytes_;
};

class FaultyDisk::LogFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  LogFile(FaultyDisk& disk, std::string name, std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), name_(std::move(name)) {
    disk_.synced(name_, 0);
  }

  using FSWritableFileOwnerWrapper::Append;

  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    auto status = disk_.before_append();
    if (status.ok()) status = FSWritableFileOwnerWrapper::Append(bytes, options, debug);
    if (status.ok()) written_ += bytes.size();
    return status;
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& bytes, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&,
                           rocksdb::IODebugContext* debug) override {
    return Append(bytes, options, debug);
  }

  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* debug) override {
    const std::uint64_t covered = written_;
    auto status = disk_.before_sync();
    if (status.ok()) status = FSWritableFileOwnerWrapper::Sync(options, debug);
    if (status.ok()) disk_.synced(name_, covered);
    return status;
  }

  rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options,
                          rocksdb::IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  FaultyDisk& disk_;
  const std::string name_;
  std::uint64_t written_ = 0;  // RocksDB writes and syncs one log from one thread
};

inline rocksdb::IOStatus FaultyDisk::NewWritableFile(const std::string& name,
                                                     const rocksdb::FileOptions& options,
                                                     std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                     rocksdb::IODebugContext* debug) {
  auto status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (status.ok() && name.ends_with(".log"))
    *file = std::make_unique<LogFile>(*this, name, std::move(*file));
  return status;
}

inline void FaultyDisk::fail_log_sync(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  failing_sync_ = number;
}

inline void FaultyDisk::fail_log_appends() {
  const std::lock_guard lock(mutex_);
  appends_fail_ = true;
}

inline std::uint64_t FaultyDisk::log_syncs() const {
  const std::lock_guard lock(mutex_);
  return syncs_;
}

inline void FaultyDisk::hold_log_syncs() {
  const std::lock_guard lock(mutex_);
  holding_ = true;
}

inline bool FaultyDisk::await_held() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(30), [this] { return held_ > 0; });
}

inline void FaultyDisk::release_log_syncs() {
  const std::lock_guard lock(mutex_);
  holding_ = false;
  changed_.notify_all();
}

inline rocksdb::IOStatus FaultyDisk::before_append() {
  const std::lock_guard lock(mutex_);
  return appends_fail_ ? rocksdb::IOStatus::NoSpace("no space left on the test's disk")
                       : rocksdb::IOStatus::OK();
}

inline rocksdb::IOStatus FaultyDisk::before_sync() {
  std::unique_lock lock(mutex_);
  ++syncs_;
  const bool fails = syncs_ == failing_sync_;
  ++held_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !holding_; });
  --held_;
  return fails ? rocksdb::IOStatus::IOError("the test's disk failed a sync")
               : rocksdb::IOStatus::OK();
}

inline void FaultyDisk::synced(const std::string& name, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  synced_bytes_[std::filesystem::path(name).filename().string()] = bytes;
}

inline void FaultyDisk::copy_what_is_synced(const std::filesystem::path& store,
                                            const std::filesystem::path& to) {
  std::map<std::string, std::uint64_t> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = synced_bytes_;
  }
  std::filesystem::copy(store, to);
  for (const auto& [name, bytes] : kept)
    if (std::filesystem::exists(to / name)) std::filesystem::resize_file(to / name, bytes);
}

}  // namespace ao::store
