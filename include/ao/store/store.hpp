// Durable ordered bytes: RocksDB behind batches that are synced in groups.
//
// `commit` returns when the batch is on disk, synced together with whatever else arrived while the
// last sync ran. Batches become durable in the order of the calls. After the first failure nothing
// is committed any more (promise P9): every later commit is refused with the same reason, and reads
// go on. Owned by `node`; every function may be called from any thread. Knows no domain type.
//
// Each value is kept with a checksum over its key and itself, so a record that was altered or is
// found under another key is never returned: reads throw Unreadable.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "ao/async/task.hpp"
#include "ao/base/bytes.hpp"

namespace ao::store {

class ShardLogs;

// Writes that happen together or not at all.
class Batch {
 public:
  void put(BytesView key, BytesView value) { move_in(Bytes(key), Bytes(value)); }
  void move_in(Bytes key, Bytes value) {
    writes_.push_back({std::move(key), std::move(value), Write::Kind::kPut});
  }
  void remove(BytesView key) { writes_.push_back({Bytes(key), {}, Write::Kind::kRemove}); }
  // Of a key that is put once, and never again. What `remove` leaves behind is passed over by every
  // scan until the last level is compacted; of this and the put nothing is left when they meet. Had
  // it been put twice, the first value might come back.
  void take_back(BytesView key) { writes_.push_back({Bytes(key), {}, Write::Kind::kTakeBack}); }
  bool empty() const { return writes_.empty(); }

  struct Write {
    enum class Kind { kPut, kRemove, kTakeBack };

    Bytes key;
    Bytes value;
    Kind kind;
  };
  const std::vector<Write>& writes() const { return writes_; }

 private:
  std::vector<Write> writes_;
};

struct Settings {
  std::filesystem::path directory;
  std::filesystem::path anchor_directory;  // of the head anchor; empty: `directory`
  std::chrono::milliseconds anchor_interval{1000};
  std::size_t free_bytes_min = 0;  // 0: 2 GiB, or 5 % of the disk if that is less
  std::size_t memtable_bytes = 32 << 20;
  std::size_t group_bytes_max = 4 << 20;        // of one synced write
  std::size_t waiting_commits_max = 64 * 1024;  // more are refused as kBusy
  std::size_t cache_bytes = 128 << 20;
};

struct Counters {
  std::uint64_t commits = 0;
  std::uint64_t syncs = 0;
  std::uint64_t bytes = 0;
  std::uint64_t waiting = 0;
};

// Something stored cannot be read, or is not what was written. The store has failed by then, and
// the text says what and where. Thrown by reads, since what cannot be read must not pass for
// absent; caught where one process or one request ends without harm to the others.
class Unreadable : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Store {
 public:
  // Throws std::runtime_error naming the directory when it cannot be opened, is in use by another
  // process, its write-ahead log lost a middle, or it has less than its anchor says it had.
  static std::unique_ptr<Store> open(const Settings& settings);

  virtual ~Store() = default;  // waits for the commits that were taken

  // Errors: kBusy "store-busy"; kUnavailable "store-failed" with the reason, for good. An empty
  // batch waits until everything before it is durable.
  virtual Task<Result<>> commit(Batch batch) = 0;

  virtual std::optional<Bytes> get(BytesView key) const = 0;

  // False when the key is surely absent, as about 99 of 100 absent ones are known to be. Asks what
  // is in memory, filters above all, so it never waits for the disk.
  virtual bool may_have(BytesView key) const = 0;

  // Entries whose key starts with `prefix` and is not below `from`, in key order, until `visit`
  // returns false. One consistent view.
  using Visit = std::function<bool(BytesView key, BytesView value)>;
  virtual void scan(BytesView prefix, BytesView from, const Visit& visit) const = 0;

  virtual ShardLogs& logs() = 0;
  virtual const ShardLogs& logs() const = 0;

  // Empty while healthy, else why nothing is acknowledged.
  virtual std::string failure() const = 0;

  // Empty while there is room, else how little is left: time to take in nothing new. Looked at
  // every second; what was taken in before may still be committed.
  virtual std::string shortage() const = 0;

  virtual Counters counters() const = 0;

  // About how many bytes the keys under `prefix` take on disk. Reads no data.
  virtual std::uint64_t bytes_under(BytesView prefix) const = 0;
};

}  // namespace ao::store
