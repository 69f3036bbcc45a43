// Order: each admitted message gets the next slot of its process, durably, exactly once.
//
// The answer comes after the synced write that holds the assignment (promise P1); the same message
// again is answered with the same slot (P3), a message pushed for the same outbox entry too (P5).
// Processes are spread over shards, and each shard has a writer on a strand of the cpu pool, so
// they are ordered in parallel; the store syncs what they write together. Owned by `node`, called
// from any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "ao/async/pool.hpp"
#include "ao/schedule/blocks.hpp"
#include "ao/schedule/log.hpp"

namespace ao::schedule {

struct Placement {
  ProcessId process;
  Slot slot;
  MessageId message;
  AssignmentId assignment;
  Timestamp timestamp;
  bool is_new = true;              // false: it was scheduled before
  std::uint64_t block_height = 0;  // that its assignment names
};

struct Settings {
  std::size_t heads_kept_max = 100'000;  // heads of processes kept in memory, about 200 bytes each
};

struct Desk;
class ShardWriter;
struct Submission;

class Schedule {
 public:
  Schedule(const Settings& settings, store::Store& store, const crypto::Key& key,
           const Clock& clock, async::Pool& cpu);
  // `blocks` outlives it.
  Schedule(const Settings& settings, store::Store& store, const crypto::Key& key,
           const Clock& clock, async::Pool& cpu, const Blocks& blocks);
  ~Schedule();  // when nothing is being appended any more

  // Errors: kNotFound "process-unknown"; kConflict "message-id-taken" when the id names other
  // bytes; kInvalid "not-schedulable" for data; those of Log::head and of the store's logs. After
  // "store-failed" the message may have its slot nevertheless: submit the same one again.
  Task<Result<Placement>> append(message::Admitted admitted);

  // Each fails alone. Those of one shard get their slots in this order.
  Task<std::vector<Result<Placement>>> append(std::vector<message::Admitted> admitted);

  // Takes over what another node scheduled, as it did: of one process, in the order of its slots.
  // `verified`: both signatures hold, and whose they are the caller knows. What is here already is
  // not new; from behind one that fails nothing is taken. Errors: "chain-broken", kConflict
  // "slot-taken" for another entry at its slot; those of Log::head and of the store's logs.
  Task<std::vector<Result<Placement>>> adopt(std::vector<message::Assignment> verified);

  const Log& log() const { return log_; }

 private:
  Task<std::vector<Result<Placement>>> settle(std::shared_ptr<Submission> submission);
  void submit(std::shared_ptr<Submission> submission);

  Log log_;
  std::unique_ptr<Desk> desk_;
  std::vector<std::unique_ptr<ShardWriter>> writers_;  // by the number of the shard
};

}  // namespace ao::schedule
