// The thread that looks after the disk once a second: it rewrites the head anchor when heads moved,
// and sees how much room is left.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "embedded_logs.hpp"
#include "files.hpp"

namespace ao::store {

class Keeper {
 public:
  Keeper(const Settings& settings, Files files, std::string store_id, const EmbeddedLogs& logs,
         Committer& committer);
  ~Keeper();  // writes the last anchor: stop the committer before

  std::string shortage() const;

 private:
  void run();
  void write_anchor();
  void look_for_room();

  const Settings settings_;
  const Files files_;
  const std::string store_id_;
  const EmbeddedLogs& logs_;
  Committer& committer_;
  ShardHeads written_;  // of the keeping thread, and of the destructor once that has ended

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable stop_;
  bool stopping_ = false;
  std::string shortage_;

  std::thread thread_;  // last: it uses everything above
};

// Where the anchor of a store is.
std::filesystem::path anchor_of(const Settings& settings);

}  // namespace ao::store
