// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "../../../src/store/migration.hpp"

#include <gtest/gtest.h>

#include "../../../src/store/checksum.hpp"
#include "store_fixture.hpp"
#include "torture/disk/simulated_disk.hpp"

namespace ao::store {
namespace {

using test::SimulatedDisk;

constexpr int kProcesses = 5;
constexpr std::uint64_t kSlots = 25;

ProcessId process(int number) {
  return *ProcessId::from_bytes(Bytes(32, static_cast<char>('A' + number)));
}

Bytes entry_key(int number, std::uint64_t slot) {
  Bytes key = 'a' + Bytes(process(number).bytes());
  put_u64be(key, slot);
  return key;
}

class MigrationTest : public StoreTest {
 protected:
  MigrationTest() { settings_.directory = "/store"; }

  // As the program before wrote it: bare values, no shard logs, no anchor.
  void write_format_1() {
    const auto env = rocksdb::NewCompositeEnv(disk_);
    ASSERT_TRUE(disk_->CreateDirIfMissing("/store", {}, nullptr).ok());
    rocksdb::Options options;
    options.create_if_missing = true;
    options.env = env.get();
    rocksdb::DB* opened = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, "/store", &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    rocksdb::WriteBatch batch;
    for (int number = 0; number < kProcesses; ++number)
      for (std::uint64_t slot = 0; slot < kSlots; ++slot)
        batch.Put(entry_key(number, slot), Bytes(20'000, static_cast<char>('a' + slot % 26)));
    batch.Put("q", "");
    batch.Put("zone", "value");
    batch.Put(kStampKey, kFormat1);
    rocksdb::WriteOptions synced;
    synced.sync = true;
    ASSERT_TRUE(db->Write(synced, &batch).ok());
  }

  void expect_whole(const Store& store) {
    EXPECT_EQ(store.get("q"), "");
    EXPECT_EQ(store.get("zone"), "value");
    std::uint64_t entries = 0;
    for (int number = 0; number < kProcesses; ++number) {
      std::uint64_t due = 0;
      store.logs().read_process(process(number), Slot{0}, [&](Slot slot, BytesView body) {
        EXPECT_EQ(slot.number, due++);
        EXPECT_EQ(body, Bytes(20'000, static_cast<char>('a' + slot.number % 26)));
        return true;
      });
      EXPECT_EQ(due, kSlots);
    }
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      const Shard one{static_cast<std::uint8_t>(shard)};
      std::uint64_t due = 0;
      store.logs().read_shard(one, 0, [&](std::uint64_t sequence, const ProcessId& of, Slot slot) {
        EXPECT_EQ(sequence, due++);
        EXPECT_EQ(store.logs().shard_of(of), one);
        EXPECT_TRUE(store.logs().read_entry(of, slot));
        return true;
      });
      EXPECT_EQ(store.logs().head(one).next, due);
      entries += due;
    }
    EXPECT_EQ(entries, kProcesses * kSlots);
  }

  Settings settings_ = settings();
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
};

TEST_F(MigrationTest, makes_a_store_of_format_1_into_one_of_today) {
  write_format_1();
  { expect_whole(*open_on(settings_, disk_)); }
  EXPECT_NO_THROW((void)disk_->read("/store/anchor"));
  expect_whole(*open_on(settings_, disk_));
}

TEST_F(MigrationTest, what_is_taken_back_afterwards_stays_away) {
  write_format_1();
  for (int life = 0; life < 3; ++life) {
    const auto store = open_on(settings_, disk_);
    if (life == 0) {
      Batch batch;
      batch.take_back("q");
      ASSERT_TRUE(commit(*store, batch));
    }
    EXPECT_EQ(store->get("q"), std::nullopt) << "life " << life;
  }
  const auto env = rocksdb::NewCompositeEnv(disk_);
  rocksdb::Options options;
  options.env = env.get();
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open(options, "/store", &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  ASSERT_TRUE(db->CompactRange({}, nullptr, nullptr).ok());
  std::string value;
  EXPECT_TRUE(db->Get({}, "q", &value).IsNotFound());
}

TEST_F(MigrationTest, goes_on_after_a_power_cut_at_any_moment) {
  write_format_1();
  const auto old = disk_->copy();
  const std::uint64_t before = disk_->changes();
  { const auto store = open_on(settings_, disk_); }
  const std::uint64_t changes = disk_->changes() - before;
  ASSERT_GT(changes, 20u);
  test::Random random(7);
  for (std::uint64_t at = 1; at <= changes; at += 1 + changes / 16) {
    auto disk = old->copy();
    disk->cut_power_at(disk->changes() + at);
    try {
      const auto store = open_on(settings_, disk);
    } catch (const std::runtime_error&) {  // the power went
    }
    const auto survivor = disk->after_power_cut(random);
    expect_whole(*open_on(settings_, survivor));
    if (HasFailure()) FAIL() << "power cut at change " << at << " of " << changes;
  }
}

}  // namespace
}  // namespace ao::store
