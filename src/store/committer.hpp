// The one thread that writes: whatever arrived while the last sync ran becomes the next group.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "ao/store/store.hpp"

namespace ao::store {

class Committer {
 public:
  // Called once, from the committing thread; must not block or throw.
  using Done = std::move_only_function<void(Result<>)>;

  Committer(const Settings& settings, rocksdb::DB& db);
  ~Committer() { stop(); }

  // The error when nothing was taken: `done` is left as it is then, else it is moved from.
  Result<> take(Batch batch, Done& done);

  void stop();  // returns when everything taken is written and done

  // The first reason stays.
  void fail_for_good(std::string reason);
  std::string failure() const;
  Counters counters() const;

 private:
  struct Waiting {
    Batch batch;
    std::size_t bytes;
    Done done;
  };
  using Group = std::vector<Waiting>;

  void run();
  bool next_group(Group& group);  // false when stopped and nothing waits
  Result<> write(const Group& group);
  void add(const Batch::Write& write);
  Result<> refusal() const;

  const std::size_t group_bytes_max_;
  const std::size_t waiting_max_;
  rocksdb::DB& db_;
  rocksdb::WriteBatch merged_;     // of the committing thread; kept for its capacity
  bool ends_taking_back_ = false;  // the last write in it

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable arrived_;
  std::deque<Waiting> waiting_;
  std::size_t in_group_ = 0;
  bool stopping_ = false;
  std::string failure_;
  Counters counters_;

  std::thread thread_;  // last: it uses everything above
};

}  // namespace ao::store
