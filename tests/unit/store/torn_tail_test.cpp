// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torn_tail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "database.hpp"
#include "record_log.hpp"
#include "store_fixture.hpp"
#include "torture/disk/simulated_disk.hpp"

namespace ao::store {
namespace {

using test::SimulatedDisk;

const Bytes kTornHead("\x01\x02\x03\x04\x00\x08\x01", 7);

class TornTailTest : public StoreTest {
 protected:
  TornTailTest() {
    settings_.directory = "/store";
    settings_.cache_bytes = 1 << 20;
  }

  // A store whose log has this many records of some 3,000 bytes: one is longer than a block.
  void fill(int records) {
    const auto store = open_on(settings_, disk_);
    for (int i = 0; i < records; ++i)
      ASSERT_TRUE(commit(*store, one("key-" + std::to_string(i), value_of(i))));
    disk_ = disk_->copy();
  }
  static Bytes value_of(int i) {
    return Bytes(i == 15 ? 40'000 : 3'000, static_cast<char>('a' + i));
  }

  std::string newest(const std::string& ending) const {
    std::string found;
    for (const std::string& file : disk_->files())
      if (file.find(ending) != std::string::npos) found = file;
    return found;
  }

  // Appends what a power cut leaves of the next record: its first bytes, and then these.
  void append_torn(const std::string& file, const Bytes& rest) {
    disk_->replace(file, disk_->read(file) + kTornHead + rest);
  }

  static Settings settings_in(const std::filesystem::path& folder) {
    Settings settings;
    settings.directory = folder / "store";
    settings.cache_bytes = 1 << 20;
    return settings;
  }

  static std::filesystem::path newest_log(const std::filesystem::path& directory) {
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
      if (entry.path().extension() == ".log") found = std::max(found, entry.path());
    return found;
  }

  void expect_all(int records) {
    const auto store = open_on(settings_, disk_);
    for (int i = 0; i < records; ++i)
      EXPECT_EQ(store->get("key-" + std::to_string(i)), value_of(i)) << i;
    EXPECT_TRUE(commit(*store, one("later", "")));
  }

  std::string refusal() const {
    try {
      open_on(settings_, disk_);
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

  Settings settings_;
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
};

TEST_F(TornTailTest, a_record_that_is_garbage_at_the_end_of_the_log_is_cut_off) {
  fill(20);
  append_torn(newest(".log"), Bytes(5'000, '\xaa'));
  expect_all(20);
}

TEST_F(TornTailTest, a_record_whose_last_pages_are_zeros_is_cut_off) {
  fill(20);
  Bytes log = disk_->read(newest(".log"));
  const std::uint64_t cut_in_the_last_record = log.size() - 1'000;
  std::fill(log.begin() + static_cast<std::ptrdiff_t>(cut_in_the_last_record), log.end(), '\0');
  disk_->replace(newest(".log"), log);
  expect_all(19);
}

TEST_F(TornTailTest, zeros_at_the_end_of_the_log_are_cut_off) {
  fill(5);
  disk_->replace(newest(".log"), disk_->read(newest(".log")) + Bytes(50'000, '\0'));
  expect_all(5);
}

TEST_F(TornTailTest, a_torn_end_of_the_manifest_is_cut_off) {
  fill(5);
  append_torn(newest("MANIFEST"), Bytes(100, '\0'));
  expect_all(5);
}

TEST_F(TornTailTest, zeros_in_the_middle_of_the_log_are_damage) {
  fill(20);
  const std::string name = newest(".log");
  Bytes log = disk_->read(name);
  std::fill_n(log.begin(), 4'096, '\0');  // RocksDB would skip them, and the rest of the block
  disk_->replace(name, log);
  const std::string reason = refusal();
  EXPECT_NE(reason.find(name.substr(7) + " is damaged"), Bytes::npos) << reason;
  EXPECT_NE(reason.find("another follows"), Bytes::npos) << reason;
  EXPECT_EQ(disk_->read(name), log) << "what is damaged must stay as it is";
}

TEST_F(TornTailTest, a_flipped_bit_in_front_of_other_records_is_damage) {
  fill(20);
  const std::string name = newest(".log");
  const Bytes log = disk_->read(name);
  for (const std::size_t at :
       {std::size_t{4}, std::size_t{2'000}, std::size_t{40'000}, log.size() - 4'000}) {
    Bytes changed = log;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    disk_->replace(name, changed);
    EXPECT_NE(refusal().find("is damaged"), Bytes::npos) << at;
  }
}

TEST_F(TornTailTest, a_record_that_is_missing_between_others_is_damage) {
  fill(20);
  const std::string name = newest(".log");
  const Bytes log = disk_->read(name);
  const std::size_t record = 7U + static_cast<unsigned char>(log[4]) +
                             256U * static_cast<unsigned char>(log[5]);  // the first, and the next
  disk_->replace(name, log.substr(0, record) + log.substr(2 * record));
  EXPECT_NE(refusal().find("is damaged"), Bytes::npos) << refusal();
}

// RocksDB would open it with a hole: the tables of older writes, and the log of newer ones.
TEST_F(TornTailTest, a_manifest_that_does_not_know_the_last_table_is_damage) {
  settings_.memtable_bytes = 64 << 10;
  const auto count = [this](const char* ending) {
    const auto files = disk_->files();
    return std::ranges::count_if(files, [&](const auto& file) { return file.ends_with(ending); });
  };
  {
    const auto store = open_on(settings_, disk_);
    const auto tables = count(".sst");
    for (int i = 0; i < 1'000 && (count(".sst") == tables || count(".log") > 1); ++i)
      ASSERT_TRUE(commit(*store, one("key-" + std::to_string(i), value_of(i % 10))));
    ASSERT_GT(count(".sst"), tables);
    ASSERT_EQ(count(".log"), 1);
    ASSERT_TRUE(commit(*store, one("later", "")));
    disk_ = disk_->copy();
  }
  const std::string manifest = newest("MANIFEST");
  const auto whole = disk_;
  const Bytes content = whole->read(manifest);
  std::size_t holes = 0;
  for (std::size_t missing = 1; missing < 400 && missing < content.size(); missing += 10) {
    disk_ = whole->copy();
    disk_->replace(manifest, content.substr(0, content.size() - missing));
    const std::string reason = refusal();
    holes += reason.find(" is due") != Bytes::npos;
    if (reason.empty()) {
      disk_ = disk_->copy();
      EXPECT_EQ(open_on(settings_, disk_)->get("key-0"), value_of(0)) << missing;
    }
  }
  EXPECT_GT(holes, 0U);
}

TEST_F(TornTailTest, records_in_any_place_of_a_block_are_whole) {
  for (int size = 32'700; size < 32'780; ++size) {
    const auto disk = std::make_shared<SimulatedDisk>();
    const auto store = open_on(settings_, disk);
    for (int i = 0; i < 3; ++i)
      ASSERT_TRUE(
          commit(*store, one(std::to_string(i), Bytes(static_cast<std::size_t>(size), 'v'))));
    for (const std::string& file : disk->files()) {
      if (!file.ends_with(".log")) continue;
      const Bytes content = disk->read(file);
      EXPECT_TRUE(RecordLog(RecordLog::Kind::kWrites, content).is_whole()) << size;
    }
  }
}

// RocksDB's own file system has no way to cut a file by its name; the simulated one had.
TEST_F(TornTailTest, a_torn_last_record_on_a_real_disk_is_cut_off) {
  const Settings real = settings_in(folder());
  {
    const auto store = Store::open(real);
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(commit(*store, one("key-" + std::to_string(i), value_of(i))));
  }
  const std::filesystem::path log = newest_log(real.directory);
  ASSERT_GT(std::filesystem::file_size(log), 60'000u);
  std::ofstream(log, std::ios::binary | std::ios::app) << kTornHead << Bytes(5'000, '\xaa');
  {
    const auto store = Store::open(real);
    for (int i = 0; i < 20; ++i)
      EXPECT_EQ(store->get("key-" + std::to_string(i)), value_of(i)) << i;
    EXPECT_TRUE(commit(*store, one("later", "")));
  }
  EXPECT_EQ(Store::open(real)->get("later"), "");
}

}  // namespace
}  // namespace ao::store
