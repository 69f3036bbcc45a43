// The logs that hold every schedule: 256 of them, each extended by compare-and-append.
//
// A process's messages are in one shard. A shard has one owner, who appends at the head that it
// knows, under the epoch that it got when it opened the shard; an owner that was replaced is
// fenced, whatever its clock says. The contract is one that a replicated engine can give too: each
// append is done, refused (nothing was written), or unknown (it may have been; open the shard again
// and look). Here the engine is RocksDB, and its lock on the folder sees to the one owner.
//
//   a process slot   → the entry                l shard sequence → process slot
//   i message process → slot                    s shard → epoch next
//   x process twin   → slot
//
// Owned by the store. Appends from any executor; reads from any thread, and they may wait for the
// disk. Reads throw Unreadable.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/ids.hpp"
#include "ao/store/store.hpp"

namespace ao::store {

constexpr std::size_t kShards = 256;

struct Shard {
  std::uint8_t number = 0;

  auto operator<=>(const Shard&) const = default;
};

struct ShardHead {
  std::uint64_t epoch = 0;  // counts the owners
  std::uint64_t next = 0;   // the sequence of the next entry, which is how many there are

  bool operator==(const ShardHead&) const = default;
};

// What is appended: a process's next slot. Whoever appends has looked for the message and the twins
// since it opened the shard; as long as it is the owner nobody else adds any.
struct Entry {
  ProcessId process;
  Slot slot;
  MessageId message;
  std::vector<Bytes> twins;  // what else names this message within its process (find_twin)
  Bytes body;
};

class ShardLogs {
 public:
  virtual ~ShardLogs() = default;

  // Not guessable from outside: nobody can aim many processes at one shard.
  virtual Shard shard_of(const ProcessId& process) const = 0;

  // Takes the shard over: its epoch moves on, and its log ends where the answer says.
  // Errors: those of Store::commit.
  virtual Task<Result<ShardHead>> open(Shard shard) = 0;

  // All entries and the `beside` writes, or none; the new head once they are on disk.
  // Refused: kConflict "shard-fenced" when the epoch is not the shard's, "shard-head-moved" when
  // the head is not; kBusy "store-busy". Unknown: kUnavailable "store-failed".
  virtual Task<Result<ShardHead>> append(Shard shard, ShardHead expected,
                                         std::vector<Entry> entries, Batch beside) = 0;

  // What is on disk.
  virtual ShardHead head(Shard shard) const = 0;

  // In order, from a place on, until `visit` returns false.
  using VisitPlace = std::function<bool(std::uint64_t sequence, const ProcessId&, Slot)>;
  virtual void read_shard(Shard shard, std::uint64_t from, const VisitPlace& visit) const = 0;
  using VisitEntry = std::function<bool(Slot, BytesView body)>;
  virtual void read_process(const ProcessId& process, Slot from, const VisitEntry& visit) const = 0;
  // The body of one entry. One look-up, where read_process begins with a search of every level.
  virtual std::optional<Bytes> read_entry(const ProcessId& process, Slot slot) const = 0;

  // Store::may_have of an entry.
  virtual bool may_have_entry(const ProcessId& process, Slot slot) const = 0;

  // Of the processes that have this message the one with the least id.
  virtual std::optional<std::pair<ProcessId, Slot>> find_message(
      const MessageId& message) const = 0;
  virtual std::optional<Slot> find_message(const ProcessId& process,
                                           const MessageId& message) const = 0;
  virtual std::optional<Slot> find_twin(const ProcessId& process, BytesView twin) const = 0;
};

}  // namespace ao::store
