// The shard logs in the store's own key space.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <mutex>

#include "anchor.hpp"
#include "committer.hpp"

namespace ao::store {

class EmbeddedLogs final : public ShardLogs {
 public:
  // `salt` spreads processes over the shards.
  EmbeddedLogs(const Store& store, Committer& committer, Bytes salt);

  Shard shard_of(const ProcessId& process) const override;
  Task<Result<ShardHead>> open(Shard shard) override;
  Task<Result<ShardHead>> append(Shard shard, ShardHead expected, std::vector<Entry> entries,
                                 Batch beside) override;
  ShardHead head(Shard shard) const override;
  void read_shard(Shard shard, std::uint64_t from, const VisitPlace& visit) const override;
  void read_process(const ProcessId& process, Slot from, const VisitEntry& visit) const override;
  std::optional<Bytes> read_entry(const ProcessId& process, Slot slot) const override;
  bool may_have_entry(const ProcessId& process, Slot slot) const override;
  std::optional<std::pair<ProcessId, Slot>> find_message(const MessageId& message) const override;
  std::optional<Slot> find_message(const ProcessId& process,
                                   const MessageId& message) const override;
  std::optional<Slot> find_twin(const ProcessId& process, BytesView twin) const override;

  ShardHeads durable() const;

 private:
  // From where to where a batch moves a shard.
  struct Move {
    Shard shard;
    std::optional<ShardHead> expected;  // nullopt: whatever it is, under the next epoch
    std::uint64_t added = 0;
    ShardHead next = {};  // set when the batch is taken
  };
  void take(Move& move, Batch batch, Committer::Done done);
  Result<> check(const Move& move) const;
  void became_durable(Shard shard, ShardHead head);

  const Store& store_;
  Committer& committer_;
  const Bytes salt_;

  mutable std::mutex mutex_;  // guards both, and that batches are taken in the order of the heads
  ShardHeads taken_;          // with what is on its way to the disk
  ShardHeads durable_;
};

}  // namespace ao::store
