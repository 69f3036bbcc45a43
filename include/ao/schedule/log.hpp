// The durable schedule of every process: reading it, and the one way to extend it by one.
//
// An entry of a shard's log (include/ao/store/shard_logs.hpp) is size:u64 assignment message, where
// size is that of the assignment item. Beside it are kept (numbers big-endian, so that slots sort):
//
//   h process        → count:u64 timestamp:u64 assignment-id chain-hash [block-height:u64]
//                                                    the head; without the height it is 0
//   q process slot   → (empty)                       scheduled and not yet evaluated
//   k process        → (empty)                       spawned, and its tasks are not yet set
//
// Owned by `node`; any thread. Reading may wait for the disk, and throws store::Unreadable.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/admitted.hpp"
#include "ao/message/assignment.hpp"
#include "ao/store/shard_logs.hpp"

namespace ao::schedule {

// Where the next assignment of a process goes.
struct Head {
  Slot next;  // equals the number of slots
  Timestamp timestamp;
  AssignmentId last;
  ChainHash chain;
  std::uint64_t block_height = 0;

  static Head after(const message::Assignment& last) {
    return {last.slot().next(), last.timestamp(), last.id(), last.chain(), last.block_height()};
  }
};

class Log {
 public:
  explicit Log(const store::Store& store) : store_(store), logs_(store.logs()) {}

  // Nullopt for a process that has no slot here. Errors: kUnavailable "schedule-damaged" when the
  // head and the log contradict each other; nothing may be added to such a process.
  Result<std::optional<Head>> head(const ProcessId& process) const;

  // How many slots a process has here, unchecked; nullopt for a process that has none.
  std::optional<std::uint64_t> count(const ProcessId& process) const;

  std::optional<message::Assignment> read(const ProcessId& process, Slot slot) const;

  // From `from` on, at most `count` of them and about `bytes_max` bytes, at least one if there is.
  std::vector<message::Assignment> read(const ProcessId& process, Slot from, std::size_t count,
                                        std::size_t bytes_max) const;

  // The slot of the message that made the process.
  std::optional<message::Assignment> spawn(const ProcessId& process) const;

  // A scheduled message, whichever process it is for: the one with the least id, if several have
  // it.
  std::optional<message::Assignment> find(const MessageId& message) const;
  std::optional<Slot> slot_of(const MessageId& message, const ProcessId& process) const;
  std::optional<Slot> slot_of_twin(BytesView twin, const ProcessId& process) const;

  // The processes that had scheduled slots without an outcome when the node last stopped.
  std::vector<ProcessId> unevaluated() const;

  // The processes whose definition asks for scheduled tasks that nobody has set yet.
  std::vector<ProcessId> awaiting_tasks() const;
  bool awaits_tasks(const ProcessId& process) const;

  // What else than its id names a message within its process: the outbox entry that it was pushed
  // for, the task and the time of a tick, or the content of a message that is forwarded for a
  // process.
  static std::vector<Bytes> twins_of(const message::Admitted& admitted);

  // Signs the assignment of a message to the next slot and moves the head. `last` is the last block
  // that is known; no slot names a lower one than the slot before it.
  static store::Entry extend(Head& head, const message::Admitted& admitted,
                             std::vector<Bytes> twins, Timestamp now, const crypto::Key& key,
                             const message::Block& last = {});
  // Of an assignment that was made before.
  static store::Entry entry_of(const message::Assignment& assignment, std::vector<Bytes> twins);

  // What an entry's body holds; nullopt when it is no assignment of this place.
  static std::optional<message::Assignment> assignment_in(const ProcessId& process, Slot slot,
                                                          BytesView body);

  static void write_head(const ProcessId& process, const Head& head, store::Batch& batch);
  static void mark_scheduled(const ProcessId& process, Slot slot, store::Batch& batch);
  static void mark_evaluated(const ProcessId& process, Slot slot, store::Batch& batch);
  static void mark_awaiting_tasks(const ProcessId& process, store::Batch& batch);
  static void mark_tasks_set(const ProcessId& process, store::Batch& batch);

  // Whether `next` follows by number, chain and time: what is at `head`, or `previous` (nullptr for
  // slot 0).
  static Result<> check_link(const Head& head, const message::Assignment& next);
  static Result<> check_link(const message::Assignment* previous, const message::Assignment& next);

  // Every process that has a head, in the order of their ids.
  std::vector<ProcessId> processes() const;

  // Those of an assignment that was made before, when whoever scheduled it is this node.
  static std::vector<Bytes> twins_of(const message::Assignment& assignment);
  static std::vector<Bytes> twins_of(const message::DataItem& item,
                                     const std::optional<message::Origin>& origin,
                                     const std::optional<message::Tick>& tick);

 private:
  const store::Store& store_;
  const store::ShardLogs& logs_;
};

}  // namespace ao::schedule
