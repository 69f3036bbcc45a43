// Order: each admitted message gets the next slot of its process, durably, exactly once.
//
// The answer comes after the synced write that holds the assignment (promise P1); the same message
// again is answered with the same slot (P3), a message pushed for the same outbox entry too (P5).
// All decisions happen on one strand of the cpu pool, in the order of the calls; the store syncs
// many of them together. Owned by `node`, called from any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <unordered_map>

#include "ao/async/pool.hpp"
#include "ao/schedule/log.hpp"

namespace ao::schedule {

struct Placement {
  ProcessId process;
  Slot slot;
  MessageId message;
  AssignmentId assignment;
  Timestamp timestamp;
  bool is_new = true;  // false: it was scheduled before
};

struct Settings {
  std::size_t heads_kept_max = 100'000;  // heads of processes kept in memory, about 300 bytes each
};

class Schedule {
 public:
  Schedule(const Settings& settings, store::Store& store, const crypto::Key& key,
           const Clock& clock, async::Pool& cpu);

  // Errors: kNotFound "process-unknown"; kConflict "message-id-taken" when the id names other
  // bytes; kInvalid "not-schedulable" for data; those of Log::head and of the store.
  Task<Result<Placement>> append(message::Admitted admitted);

  // In order, as one write. An element fails alone; a failed write fails them all.
  Task<std::vector<Result<Placement>>> append(std::vector<message::Admitted> admitted);

  const Log& log() const { return log_; }

 private:
  // An assignment that may not be durable yet.
  struct Unsynced {
    Placement placement;
    Bytes bytes;  // of the message
    std::optional<message::Origin> origin;
  };
  struct Writer {
    Head head;
    std::unordered_map<MessageId, Unsynced> unsynced;
  };

  Task<std::vector<Result<Placement>>> append_here(std::vector<message::Admitted> admitted);
  Result<Placement> place(const message::Admitted& admitted, store::Batch& batch);
  Result<std::optional<Placement>> placed_before(Writer& writer, const message::Admitted& admitted);
  Result<Writer*> writer_of(const message::Admitted& admitted);
  void settle(const std::vector<Result<Placement>>& placements);

  Settings settings_;
  store::Store& store_;
  const crypto::Key& key_;
  const Clock& clock_;
  Log log_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::unordered_map<ProcessId, Writer> writers_;
};

}  // namespace ao::schedule
