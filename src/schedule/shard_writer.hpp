// Orders what belongs to one shard, append after append: what arrives while two are on their way to
// the disk goes with the next.
//
// Two, so that one is signed while the other is synced. Each expects the log to end where the one
// before it leaves it, so none can be done when that one was not; after a failure all that are on
// their way are waited for, and the shard is opened again.
//
// On a strand of its own, so shards do not wait for each other.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>

#include "ao/async/pool.hpp"
#include "ao/async/task_group.hpp"
#include "draft.hpp"
#include "heads.hpp"

namespace ao::schedule {

// What every writer works with.
struct Desk {
  const Settings settings;
  store::ShardLogs& logs;
  const Log& log;
  const crypto::Key& key;
  const Clock& clock;
  const Blocks& blocks;
  async::Pool& cpu;
  const Address self = key.address();
};

class ShardWriter {
 public:
  ShardWriter(const Desk& desk, store::Shard shard);

  void take(Part part);  // any thread

 private:
  void pump();
  std::vector<Part> next_parts();
  Task<> open();
  void begin(std::vector<Part> parts);
  Task<> append(std::shared_ptr<Draft> draft, store::ShardHead expected);
  void place_all(Draft& draft);
  Result<Placement> place(const message::Admitted& admitted, Draft& draft);
  Result<Placement> adopt(const message::Assignment& verified, Draft& draft);
  Result<std::optional<Placement>> placed_before(const message::Admitted& admitted,
                                                 const std::vector<Bytes>& twins) const;
  Result<Head*> head_for(const ProcessId& process, bool may_begin, Draft& draft);

  const Desk& desk_;
  const store::Shard shard_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::deque<Part> waiting_;
  std::deque<std::shared_ptr<Draft>> drafts_;  // being made or on their way, the oldest first
  bool opening_ = false;
  std::optional<store::ShardHead> end_;  // after all drafts; nullopt: to be opened, first or again
  Heads heads_;                          // of what is durable
  async::TaskGroup tasks_;               // last: it uses everything above
};

}  // namespace ao::schedule
