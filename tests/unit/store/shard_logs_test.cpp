// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/store/shard_logs.hpp"

#include <gtest/gtest.h>

#include "../../../src/store/database.hpp"
#include "faulty_disk.hpp"
#include "store_fixture.hpp"

namespace ao::store {
namespace {

ProcessId process(char name) {
  return *ProcessId::from_bytes(Bytes(32, name));
}
MessageId message(char name) {
  return *MessageId::from_bytes(Bytes(32, name));
}

class ShardLogsTest : public StoreTest {
 protected:
  Result<ShardHead> open(Store& store, Shard shard) {
    return start(store.logs().open(shard)).get();
  }

  Result<ShardHead> append(Store& store, Shard shard, ShardHead expected,
                           std::vector<Entry> entries, Batch beside = {}) {
    return start(store.logs().append(shard, expected, std::move(entries), std::move(beside))).get();
  }

  static std::vector<Entry> entries_of(ProcessId id, std::uint64_t from, std::uint64_t count) {
    std::vector<Entry> entries;
    for (std::uint64_t i = from; i < from + count; ++i)
      entries.push_back(
          {id, Slot{i}, message(static_cast<char>('0' + i)), {}, "body " + std::to_string(i)});
    return entries;
  }
};

TEST_F(ShardLogsTest, finds_what_was_appended_again_after_a_restart) {
  const ProcessId a = process('a');
  Shard shard;
  {
    const auto store = Store::open(settings());
    shard = store->logs().shard_of(a);
    const auto owned = open(*store, shard);
    ASSERT_TRUE(owned);
    EXPECT_EQ(*owned, (ShardHead{1, 0}));
    auto entries = entries_of(a, 0, 3);
    entries[1].twins = {"twin"};
    const auto head = append(*store, shard, *owned, std::move(entries), one("beside", "1"));
    ASSERT_TRUE(head);
    EXPECT_EQ(*head, (ShardHead{1, 3}));
    EXPECT_EQ(store->logs().head(shard), *head);
  }
  const auto store = Store::open(settings());
  const ShardLogs& logs = store->logs();
  EXPECT_EQ(logs.shard_of(a), shard);
  EXPECT_EQ(logs.head(shard), (ShardHead{1, 3}));
  EXPECT_EQ(logs.find_message(a, message('2')), Slot{2});
  EXPECT_EQ(logs.find_message(a, message('3')), std::nullopt);
  EXPECT_EQ(logs.find_message(process('b'), message('2')), std::nullopt);
  EXPECT_EQ(logs.find_message(message('2')), std::pair(a, Slot{2}));
  EXPECT_EQ(logs.find_message(message('3')), std::nullopt);
  EXPECT_EQ(logs.find_twin(a, "twin"), Slot{1});
  EXPECT_EQ(logs.find_twin(process('b'), "twin"), std::nullopt);
  EXPECT_EQ(logs.read_entry(a, Slot{2}), "body 2");
  EXPECT_FALSE(logs.read_entry(a, Slot{3}));
  EXPECT_EQ(store->get("beside"), "1");

  std::vector<std::string> read;
  logs.read_process(a, Slot{1}, [&read](Slot slot, BytesView body) {
    read.push_back(std::to_string(slot.number) + " " + Bytes(body));
    return true;
  });
  EXPECT_EQ(read, (std::vector<std::string>{"1 body 1", "2 body 2"}));
}

TEST_F(ShardLogsTest, keeps_the_order_of_a_shard_over_its_processes) {
  const auto store = Store::open(settings());
  const Shard shard = store->logs().shard_of(process('a'));
  char other = 'b';  // whoever else falls into this shard does not matter: the caller says where
  auto head = open(*store, shard);
  head = append(*store, shard, *head, entries_of(process('a'), 0, 2));
  head = append(*store, shard, *head, entries_of(process(other), 0, 1));
  head = append(*store, shard, *head, entries_of(process('a'), 2, 1));
  ASSERT_TRUE(head);
  std::vector<std::string> read;
  store->logs().read_shard(
      shard, 1, [&read](std::uint64_t sequence, const ProcessId& id, Slot slot) {
        read.push_back(std::to_string(sequence) + id.bytes()[0] + std::to_string(slot.number));
        return read.size() < 2;
      });
  EXPECT_EQ(read, (std::vector<std::string>{"1a1", "2b0"}));
}

TEST_F(ShardLogsTest, refuses_an_owner_that_was_replaced_and_writes_nothing) {
  const auto store = Store::open(settings());
  const ProcessId a = process('a');
  const Shard shard = store->logs().shard_of(a);
  const auto old = open(*store, shard);
  const auto now = open(*store, shard);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->epoch, old->epoch + 1);
  const auto refused = append(*store, shard, *old, entries_of(a, 0, 1), one("beside", "1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "shard-fenced");
  EXPECT_FALSE(store->logs().read_entry(a, Slot{0}));
  EXPECT_EQ(store->get("beside"), std::nullopt);
  EXPECT_TRUE(append(*store, shard, *now, entries_of(a, 0, 1)));
}

TEST_F(ShardLogsTest, of_many_appends_at_one_head_one_wins) {
  const auto store = Store::open(settings());
  const ProcessId a = process('a');
  const Shard shard = store->logs().shard_of(a);
  auto head = open(*store, shard);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<Result<ShardHead>>> racing;
    for (int i = 0; i < 8; ++i)
      racing.push_back(start(store->logs().append(
          shard, *head, entries_of(a, static_cast<std::uint64_t>(round), 1), {})));
    int won = 0;
    for (auto& one : racing) {
      const auto result = one.get();
      if (result) {
        ++won;
        head = result;
      } else {
        EXPECT_EQ(result.error().code, "shard-head-moved");
      }
    }
    EXPECT_EQ(won, 1);
  }
  EXPECT_EQ(store->logs().head(shard), (ShardHead{1, 20}));
}

TEST_F(ShardLogsTest, an_append_whose_sync_fails_is_unknown_and_the_head_stays) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  const ProcessId a = process('a');
  const Shard shard = store->logs().shard_of(a);
  const auto head = open(*store, shard);
  ASSERT_TRUE(head);
  disk->fail_log_sync(disk->log_syncs() + 1);
  const auto unknown = append(*store, shard, *head, entries_of(a, 0, 1));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "store-failed");
  EXPECT_EQ(store->logs().head(shard), *head);
}

TEST_F(ShardLogsTest, an_append_that_the_queue_refuses_moves_nothing) {
  const auto disk = std::make_shared<FaultyDisk>();
  Settings small = settings();
  small.waiting_commits_max = 1;
  const auto store = open_on(small, disk);
  const ProcessId a = process('a');
  const Shard shard = store->logs().shard_of(a);
  const auto head = open(*store, shard);
  disk->hold_log_syncs();
  auto syncing = start(store->commit(one("syncing", "")));
  ASSERT_TRUE(disk->await_held());
  auto waiting = start(store->commit(one("waiting", "")));
  const auto refused = append(*store, shard, *head, entries_of(a, 0, 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "store-busy");
  disk->release_log_syncs();
  EXPECT_TRUE(syncing.get());
  EXPECT_TRUE(waiting.get());
  EXPECT_TRUE(append(*store, shard, *head, entries_of(a, 0, 1)));
}

TEST_F(ShardLogsTest, spreads_processes_over_all_shards) {
  const auto store = Store::open(settings());
  std::array<int, kShards> counts{};
  for (std::uint64_t i = 0; i < 25'600; ++i) {
    Bytes id;
    for (int part = 0; part < 4; ++part)
      put_u64be(id, i);
    ++counts[store->logs().shard_of(*ProcessId::from_bytes(id)).number];
  }
  for (const int count : counts) {
    EXPECT_GT(count, 40);
    EXPECT_LT(count, 180);
  }
}

}  // namespace
}  // namespace ao::store
