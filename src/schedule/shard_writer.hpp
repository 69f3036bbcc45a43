// Orders what belongs to one shard, one append after the other: what arrives while one is on its
// way to the disk goes with the next.
//
// On a strand of its own, so shards do not wait for each other.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "ao/async/pool.hpp"
#include "ao/async/task_group.hpp"
#include "heads.hpp"
#include "submission.hpp"

namespace ao::schedule {

// What every writer works with.
struct Desk {
  const Settings settings;
  store::ShardLogs& logs;
  const Log& log;
  const crypto::Key& key;
  const Clock& clock;
  async::Pool& cpu;
};

class ShardWriter {
 public:
  ShardWriter(const Desk& desk, store::Shard shard);

  void take(Part part);  // any thread

 private:
  // What one append is to write, and what is found again in it before it is durable.
  struct Draft {
    std::vector<store::Entry> entries;
    store::Batch beside;
    std::unordered_map<MessageId, Placement> placed;
    std::unordered_map<MessageId, const message::Admitted*> admitted;
    std::unordered_map<Bytes, Placement> twins;  // by process and twin
    std::unordered_map<ProcessId, Head> heads;   // after what was placed
    std::unordered_set<ProcessId> moved;         // whose head is another than before
  };

  Task<> write();
  std::vector<Part> next_parts();
  Task<Result<>> append(const std::vector<Part>& parts);
  void place_all(const std::vector<Part>& parts, Draft& draft);
  Result<Placement> place(const message::Admitted& admitted, Draft& draft);
  Result<std::optional<Placement>> placed_before(const message::Admitted& admitted,
                                                 const std::vector<Bytes>& twins,
                                                 const Draft& draft) const;
  std::optional<Placement> placed_at(const ProcessId& process, Slot slot) const;
  Result<Head*> head_for(const message::Admitted& admitted, Draft& draft);
  Task<Result<>> own();

  const Desk& desk_;
  const store::Shard shard_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::deque<Part> waiting_;
  bool writing_ = false;
  std::optional<store::ShardHead> owned_;  // nullopt: to be opened, first or again
  Heads heads_;
  async::TaskGroup tasks_;  // last: it uses everything above
};

}  // namespace ao::schedule
