// The open files and directories of a SimulatedDisk, as RocksDB holds them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <thread>

#include "torture/disk/simulated_disk.hpp"

namespace ao::test {

template <class Act>
rocksdb::IOStatus SimulatedDisk::perform(Operation operation, const std::string& path, Act act) {
  std::unique_lock lock(mutex_);
  const Faults::Fate fate = faults_.begin(operation, path);
  if (fate.delay.count() > 0) {
    lock.unlock();
    std::this_thread::sleep_for(fate.delay);
    lock.lock();
    if (faults_.is_off()) return Faults::no_power(path);
  }
  return fate.takes_place ? act() : fate.status;
}

class SimulatedDisk::Reader final : public rocksdb::FSSequentialFile {
 public:
  Reader(SimulatedDisk& disk, std::string path, NodePointer node)
      : disk_(disk), path_(std::move(path)), node_(std::move(node)) {}

  Status Read(std::size_t count, const Options&, rocksdb::Slice* result, char* scratch,
              Debug*) override {
    const Status status = disk_.read_at(*node_, path_, position_, count, result, scratch);
    if (status.ok()) position_ += result->size();
    return status;
  }
  Status Skip(std::uint64_t count) override {
    position_ += count;
    return Status::OK();
  }
  Status InvalidateCache(std::size_t, std::size_t) override { return Status::OK(); }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
  const NodePointer node_;
  std::uint64_t position_ = 0;
};

class SimulatedDisk::PositionedReader final : public rocksdb::FSRandomAccessFile {
 public:
  PositionedReader(SimulatedDisk& disk, std::string path, NodePointer node)
      : disk_(disk), path_(std::move(path)), node_(std::move(node)) {}

  Status Read(std::uint64_t offset, std::size_t count, const Options&, rocksdb::Slice* result,
              char* scratch, Debug*) const override {
    return disk_.read_at(*node_, path_, offset, count, result, scratch);
  }
  Status InvalidateCache(std::size_t, std::size_t) override { return Status::OK(); }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
  const NodePointer node_;
};

class SimulatedDisk::Writer final : public rocksdb::FSWritableFile {
 public:
  Writer(SimulatedDisk& disk, std::string path, NodePointer node, std::uint64_t position)
      : disk_(disk), path_(std::move(path)), node_(std::move(node)), position_(position) {}

  using FSWritableFile::Append;
  Status Append(const rocksdb::Slice& bytes, const Options&, Debug*) override {
    return disk_.perform(Operation::kAppend, path_, [&] {
      node_->file.write(position_, bytes.ToStringView());
      node_->modified = ++disk_.modifications_;
      position_ += bytes.size();
      return Status::OK();
    });
  }
  Status Truncate(std::uint64_t size, const Options&, Debug*) override {
    return disk_.perform(Operation::kTruncate, path_, [&] {
      node_->file.truncate(size);
      position_ = std::min(position_, size);
      return Status::OK();
    });
  }
  Status Close(const Options&, Debug*) override {
    return disk_.perform(Operation::kClose, path_, [] { return Status::OK(); });
  }
  Status Flush(const Options&, Debug*) override { return Status::OK(); }
  Status Sync(const Options&, Debug*) override { return disk_.sync(*node_, path_); }
  Status RangeSync(std::uint64_t, std::uint64_t, const Options&, Debug*) override {
    return Status::OK();
  }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const Options&, Debug*) override {
    const std::lock_guard lock(disk_.mutex_);
    return node_->file.content().size();
  }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
  const NodePointer node_;
  std::uint64_t position_;
};

class SimulatedDisk::Directory final : public rocksdb::FSDirectory {
 public:
  Directory(SimulatedDisk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}

  Status Fsync(const Options&, Debug*) override {
    return disk_.perform(Operation::kSyncDirectory, path_, [&] {
      if (!disk_.lies_.skips_directories) disk_.tree_.sync(path_);
      return Status::OK();
    });
  }
  Status Close(const Options&, Debug*) override { return Status::OK(); }

 private:
  SimulatedDisk& disk_;
  const std::string path_;
};

class SimulatedDisk::Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

}  // namespace ao::test
