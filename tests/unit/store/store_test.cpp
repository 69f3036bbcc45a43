// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <pthread.h>
#include <rocksdb/table_properties.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <optional>
#include <thread>

#include "../../../src/store/database.hpp"
#include "ao/async/pool.hpp"
#include "ao/store/store.hpp"
#include "faulty_disk.hpp"
#include "store_fixture.hpp"

namespace ao::store {
namespace {

namespace asio = boost::asio;

std::vector<Bytes> keys_under(const Store& store, BytesView prefix, BytesView from = {}) {
  std::vector<Bytes> keys;
  store.scan(prefix, from, [&keys](BytesView key, BytesView) {
    keys.emplace_back(key);
    return true;
  });
  return keys;
}

TEST_F(StoreTest, reads_what_it_committed) {
  const auto store = Store::open(settings());
  Batch batch;
  batch.put("a", "1");
  batch.put(Bytes("b\0c", 3), Bytes("\0\xff", 2));
  ASSERT_TRUE(commit(*store, batch));

  EXPECT_EQ(store->get("a"), "1");
  EXPECT_EQ(store->get(Bytes("b\0c", 3)), Bytes("\0\xff", 2));
  EXPECT_EQ(store->get("b"), std::nullopt);
}

TEST_F(StoreTest, applies_the_writes_of_a_batch_in_their_order) {
  const auto store = Store::open(settings());
  Batch batch;
  batch.put("a", "1");
  batch.remove("a");
  batch.remove("b");
  batch.put("b", "2");
  ASSERT_TRUE(commit(*store, batch));

  EXPECT_EQ(store->get("a"), std::nullopt);
  EXPECT_EQ(store->get("b"), "2");
}

TEST_F(StoreTest, leaves_no_trace_of_what_was_taken_back) {
  {
    const auto store = Store::open(settings());
    for (int i = 0; i < 100; ++i) {
      const std::string key = "q" + std::to_string(i);
      ASSERT_TRUE(commit(*store, one(key, "")));
      EXPECT_EQ(store->get(key), "");
      Batch batch;
      batch.take_back(key);
      ASSERT_TRUE(commit(*store, batch));
      EXPECT_EQ(store->get(key), std::nullopt);
    }
    EXPECT_EQ(keys_under(*store, "q"), std::vector<Bytes>());
  }
  std::uint64_t entries = 0;
  {
    const Database stored = open_database(settings(), nullptr);  // makes a table of the log
    rocksdb::TablePropertiesCollection tables;
    ASSERT_TRUE(stored.db->GetPropertiesOfAllTables(&tables).ok());
    for (const auto& [file, properties] : tables)
      entries += properties->num_entries;
  }
  EXPECT_LE(entries, 3u) << "the stamp, and what keeps the count of the writes";
}

TEST_F(StoreTest, opens_again_after_a_log_whose_last_write_took_something_back) {
  for (int life = 0; life < 4; ++life) {
    const auto store = Store::open(settings());
    ASSERT_TRUE(commit(*store, one("a", "1")));
    const std::string key = "q" + std::to_string(life);
    ASSERT_TRUE(commit(*store, one(key, "")));
    Batch batch;
    batch.take_back(key);
    ASSERT_TRUE(commit(*store, batch));
  }
  EXPECT_EQ(Store::open(settings())->get("a"), "1");
}

TEST_F(StoreTest, keeps_its_data_when_it_is_opened_again) {
  ASSERT_TRUE(commit(*Store::open(settings()), one("a", "1")));
  const auto again = Store::open(settings());
  EXPECT_EQ(again->get("a"), "1");
}

TEST_F(StoreTest, an_acknowledged_batch_outlives_a_power_cut) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  for (int i = 0; i < 20; ++i) {
    const std::string key = "key-" + std::to_string(i);
    ASSERT_TRUE(commit(*store, one(key, Bytes(3000, 'v'))));

    Settings survivor = settings();
    survivor.directory = folder() / ("after-cut-" + std::to_string(i));
    disk->copy_what_is_synced(settings().directory, survivor.directory);
    EXPECT_EQ(Store::open(survivor)->get(key), Bytes(3000, 'v')) << key;
  }
}

TEST_F(StoreTest, nothing_is_acknowledged_before_its_sync) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  disk->hold_log_syncs();
  auto done = start(store->commit(one("a", "1")));
  ASSERT_TRUE(disk->await_held());
  EXPECT_EQ(done.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  EXPECT_EQ(store->get("a"), std::nullopt) << "visible before it is durable";

  disk->release_log_syncs();
  EXPECT_TRUE(done.get());
  EXPECT_EQ(store->get("a"), "1");
}

TEST_F(StoreTest, a_thousand_waiting_commits_share_few_syncs) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  disk->hold_log_syncs();
  std::vector<std::future<Result<>>> done;
  done.push_back(start(store->commit(one("first", ""))));
  ASSERT_TRUE(disk->await_held());
  for (int i = 0; i < 1000; ++i)
    done.push_back(start(store->commit(one("key-" + std::to_string(i), "value"))));
  await_started();
  EXPECT_EQ(store->counters().waiting, 1001U);
  disk->release_log_syncs();
  for (auto& result : done)
    ASSERT_TRUE(result.get());

  EXPECT_EQ(store->counters().commits, 1001U);
  EXPECT_EQ(store->counters().syncs, 2U);
  EXPECT_EQ(store->counters().waiting, 0U);
  EXPECT_GT(store->counters().bytes, 1000U * 10);
  EXPECT_EQ(keys_under(*store, "key-").size(), 1000U);
}

TEST_F(StoreTest, a_group_is_no_larger_than_its_limit) {
  const auto disk = std::make_shared<FaultyDisk>();
  Settings small = settings();
  small.group_bytes_max = 10'000;
  const auto store = open_on(small, disk);
  disk->hold_log_syncs();
  std::vector<std::future<Result<>>> done;
  done.push_back(start(store->commit(one("first", ""))));
  ASSERT_TRUE(disk->await_held());
  done.push_back(start(store->commit(one("larger than a group", Bytes(20'000, 'x')))));
  for (int i = 0; i < 10; ++i)
    done.push_back(start(store->commit(one(std::to_string(i), Bytes(3'332, 'x')))));
  await_started();
  disk->release_log_syncs();
  for (auto& result : done)
    ASSERT_TRUE(result.get());
  // The first; the large one alone; ten of 3,333 bytes in groups of three.
  EXPECT_EQ(store->counters().syncs, 1U + 1U + 4U);
}

TEST_F(StoreTest, commits_complete_in_the_order_of_the_calls) {
  const auto store = Store::open(settings());
  std::vector<int> order;  // touched by the one thread of the fixture only
  const auto note = [&store, &order](int i) -> Task<> {
    Batch batch = one("same key", std::to_string(i));
    const Result<> result = co_await store->commit(std::move(batch));
    EXPECT_TRUE(result);
    order.push_back(i);
  };
  std::vector<std::future<void>> done;
  for (int i = 0; i < 500; ++i)
    done.push_back(start(note(i)));
  for (auto& each : done)
    each.get();

  std::vector<int> expected(500);
  for (int i = 0; i < 500; ++i)
    expected[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(order, expected);
  EXPECT_EQ(store->get("same key"), "499");
}

TEST_F(StoreTest, an_empty_batch_waits_for_what_came_before_it_and_syncs_nothing) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  disk->hold_log_syncs();
  auto first = start(store->commit(one("a", "1")));
  ASSERT_TRUE(disk->await_held());
  auto barrier = start(store->commit(Batch()));
  await_started();
  EXPECT_EQ(barrier.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  disk->release_log_syncs();
  EXPECT_TRUE(barrier.get());
  EXPECT_EQ(first.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(store->counters().syncs, 1U);
}

TEST_F(StoreTest, refuses_more_waiting_commits_than_its_limit) {
  const auto disk = std::make_shared<FaultyDisk>();
  Settings small = settings();
  small.waiting_commits_max = 2;
  const auto store = open_on(small, disk);
  disk->hold_log_syncs();
  std::vector<std::future<Result<>>> taken;
  taken.push_back(start(store->commit(one("being synced", ""))));
  ASSERT_TRUE(disk->await_held());
  taken.push_back(start(store->commit(one("waits", ""))));
  taken.push_back(start(store->commit(one("waits too", ""))));
  const Result<> refused = start(store->commit(one("one too many", ""))).get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_EQ(refused.error().code, "store-busy");

  disk->release_log_syncs();
  for (auto& result : taken)
    EXPECT_TRUE(result.get());
  EXPECT_EQ(store->get("one too many"), std::nullopt);
  EXPECT_TRUE(commit(*store, one("later", "")));
}

TEST_F(StoreTest, a_coroutine_resumes_on_its_own_executor) {
  const auto store = Store::open(settings());
  async::Pool home("home", 1);
  const auto thread_name = [] {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return std::string(name.data());
  };
  const auto observe = [&]() -> Task<std::string> {
    Batch batch = one("a", "1");
    const Result<> result = co_await store->commit(std::move(batch));
    co_return result ? thread_name() : result.error().text;
  };
  EXPECT_EQ(asio::co_spawn(home.executor(), observe(), asio::use_future).get(), "home-0");
}

TEST_F(StoreTest, closing_waits_for_the_commits_that_were_taken) {
  const auto disk = std::make_shared<FaultyDisk>();
  auto store = open_on(settings(), disk);
  disk->hold_log_syncs();
  std::vector<std::future<Result<>>> done;
  done.push_back(start(store->commit(one("first", ""))));
  ASSERT_TRUE(disk->await_held());
  for (int i = 0; i < 10; ++i)
    done.push_back(start(store->commit(one("key-" + std::to_string(i), ""))));
  await_started();

  std::thread closer([&store] { store.reset(); });
  disk->release_log_syncs();
  closer.join();
  for (auto& result : done)
    EXPECT_TRUE(result.get());
  EXPECT_EQ(keys_under(*Store::open(settings()), "key-").size(), 10U);
}

TEST_F(StoreTest, scans_exactly_the_keys_of_a_prefix_in_order) {
  const auto store = Store::open(settings());
  Batch batch;
  for (const char* key :
       {"o", "p", "p\x01", "pa", "pb", "p\xff", "p\xff\xff", "q", "\xff", "\xff\xfe"})
    batch.put(key, key);
  ASSERT_TRUE(commit(*store, batch));

  EXPECT_EQ(keys_under(*store, "p"),
            (std::vector<Bytes>{"p", "p\x01", "pa", "pb", "p\xff", "p\xff\xff"}));
  EXPECT_EQ(keys_under(*store, "p\xff"), (std::vector<Bytes>{"p\xff", "p\xff\xff"}));
  EXPECT_EQ(keys_under(*store, "\xff"), (std::vector<Bytes>{"\xff", "\xff\xfe"}));
  EXPECT_EQ(keys_under(*store, "\xff\xff"), std::vector<Bytes>());
  EXPECT_EQ(keys_under(*store, "").size(), 10U);
  EXPECT_EQ(keys_under(*store, "absent"), std::vector<Bytes>());
}

TEST_F(StoreTest, a_scan_starts_at_its_first_key_and_stops_when_told) {
  const auto store = Store::open(settings());
  Batch batch;
  for (const char* key : {"p1", "p2", "p3", "q1"})
    batch.put(key, key);
  ASSERT_TRUE(commit(*store, batch));

  EXPECT_EQ(keys_under(*store, "p", "p2"), (std::vector<Bytes>{"p2", "p3"}));
  EXPECT_EQ(keys_under(*store, "p", "p21"), (std::vector<Bytes>{"p3"}));
  EXPECT_EQ(keys_under(*store, "p", "a"), (std::vector<Bytes>{"p1", "p2", "p3"}));
  EXPECT_EQ(keys_under(*store, "p", "q"), std::vector<Bytes>());

  std::vector<Bytes> seen;
  store->scan("p", {}, [&seen](BytesView key, BytesView value) {
    EXPECT_EQ(key, value);
    seen.emplace_back(key);
    return seen.size() < 2;
  });
  EXPECT_EQ(seen, (std::vector<Bytes>{"p1", "p2"}));
}

TEST_F(StoreTest, a_scan_sees_one_moment) {
  const auto store = Store::open(settings());
  Batch batch;
  batch.put("p1", "before");
  batch.put("p2", "before");
  ASSERT_TRUE(commit(*store, batch));
  std::vector<Bytes> values;
  store->scan("p", {}, [&](BytesView, BytesView value) {
    values.emplace_back(value);
    EXPECT_TRUE(commit(*store, one("p2", "after")));
    EXPECT_TRUE(commit(*store, one("p3", "after")));
    return true;
  });
  EXPECT_EQ(values, (std::vector<Bytes>{"before", "before"}));
}

}  // namespace
}  // namespace ao::store
