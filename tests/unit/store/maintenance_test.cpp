// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/store/maintenance.hpp"

#include <fstream>

#include "../../../src/store/database.hpp"
#include "store_fixture.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

void nothing(std::uint64_t, std::uint64_t) {}

template <class Function>
std::string failure_of(Function function) {
  try {
    function();
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

class MaintenanceTest : public StoreTest {
 protected:
  void fill(int keys, std::size_t value_bytes = 100) {
    const auto store = Store::open(settings());
    for (int i = 0; i < keys; ++i) {
      Bytes value(value_bytes, 'v');
      value += std::to_string(i * 7919);
      ASSERT_TRUE(commit(*store, one("key-" + std::to_string(i), value)));
    }
  }

  Settings at(const fs::path& directory) const {
    Settings other = settings();
    other.directory = directory;
    return other;
  }

  std::vector<fs::path> tables_in(const fs::path& directory) const {
    std::vector<fs::path> tables;
    for (const auto& entry : fs::directory_iterator(directory))
      if (entry.path().extension() == ".sst") tables.push_back(entry.path());
    return tables;
  }

  void damage(const fs::path& file) const {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(20);
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(20);
    stream.put(byte);
  }

  fs::path backup() const { return folder() / "backup"; }
};

TEST_F(MaintenanceTest, measures_what_lies_on_the_disk) {
  fill(100, 1'000);
  const Shape shape = StoppedStore::open(settings())->shape();
  EXPECT_GT(shape.log_bytes, 100'000U) << "the log as the stopped node left it";
  EXPECT_GT(shape.table_bytes, 1'000U);
  EXPECT_GT(shape.other_bytes, 0U);
  EXPECT_EQ(shape.keys, 101U) << "with the stamp";
  ASSERT_FALSE(shape.levels.empty());
  std::uint64_t bytes = 0;
  for (const Level& level : shape.levels)
    bytes += level.bytes;
  EXPECT_EQ(bytes, shape.table_bytes);
}

TEST_F(MaintenanceTest, makes_no_store_where_none_is) {
  fs::create_directories(folder() / "data" / "store");
  EXPECT_NE(failure_of([&] { StoppedStore::open(settings()); }).find("does not exist"),
            Bytes::npos);
  EXPECT_FALSE(fs::exists(settings().directory));
  fill(1);
  fs::rename(settings().directory, folder() / "data" / "store");
  const auto said = failure_of([&] { StoppedStore::open(at(folder() / "data")); });
  EXPECT_NE(said.find("did you mean " + (folder() / "data" / "store").string()), Bytes::npos)
      << said;
}

TEST_F(MaintenanceTest, is_refused_while_the_store_is_open) {
  fill(1);
  const auto store = Store::open(settings());
  EXPECT_NE(failure_of([&] { StoppedStore::open(settings()); }).find("is open in this process"),
            Bytes::npos);
}

TEST_F(MaintenanceTest, names_each_damaged_table) {
  fill(100);
  ASSERT_TRUE(StoppedStore::open(settings())->damaged_tables(nothing).empty());
  fs::path damaged;
  for (const fs::path& table : tables_in(settings().directory))
    if (damaged.empty() || fs::file_size(table) > fs::file_size(damaged)) damaged = table;
  damage(damaged);
  std::uint64_t done = 0;
  const auto found =
      StoppedStore::open(settings())->damaged_tables([&done](std::uint64_t bytes, std::uint64_t) {
        done = bytes;
      });
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find(damaged.filename().string()), Bytes::npos) << found[0];
  EXPECT_GT(done, 0U);
}

TEST_F(MaintenanceTest, names_each_altered_record) {
  fill(100);
  EXPECT_EQ(StoppedStore::open(settings())->altered_records(nothing).count(), 0U);
  {
    const Database opened = open_database(settings(), nullptr);
    std::string elsewhere;
    ASSERT_TRUE(opened.db->Get({}, "key-7", &elsewhere).ok());
    ASSERT_TRUE(opened.db->Put({}, "key-8", elsewhere).ok());
    ASSERT_TRUE(opened.db->Put({}, "key-9", "short").ok());
  }
  const Findings found = StoppedStore::open(settings())->altered_records(nothing);
  ASSERT_EQ(found.count(), 2U);
  EXPECT_EQ(found.kept()[0].text(), "the record k 65792d38 is not what was written there");
  EXPECT_EQ(found.kept()[1].text(), "the record k 65792d39 is not what was written there");
}

TEST_F(MaintenanceTest, a_backup_has_its_head_anchor_wherever_the_store_has_it) {
  Settings apart = settings();
  apart.anchor_directory = folder() / "anchors" / "mine";
  ASSERT_TRUE(commit(*Store::open(apart), one("a", "1")));
  StoppedStore::open(apart)->back_up(backup(), nothing, nothing);
  EXPECT_EQ(Store::open(at(backup()))->get("a"), "1");
  fs::remove_all(apart.directory);
  fs::remove_all(apart.anchor_directory);
  restore(backup(), apart, nothing, nothing);
  EXPECT_TRUE(fs::exists(apart.anchor_directory / "anchor"));
  EXPECT_EQ(Store::open(apart)->get("a"), "1");
}

TEST_F(MaintenanceTest, compaction_gives_back_what_was_removed_and_keeps_the_rest) {
  fill(300, 10'000);
  {
    const auto store = Store::open(settings());
    Batch batch;
    for (int i = 1; i < 300; ++i)
      batch.remove("key-" + std::to_string(i));
    ASSERT_TRUE(commit(*store, batch));
  }
  const auto stopped = StoppedStore::open(settings());
  const std::uint64_t before = stopped->shape().table_bytes;
  stopped->compact(nothing);
  const Shape after = stopped->shape();
  EXPECT_LT(after.table_bytes, before);
  EXPECT_EQ(after.keys, 2U);
  EXPECT_EQ(after.levels.size(), 1U);
}

TEST_F(MaintenanceTest, a_backup_is_a_store_with_the_same_entries) {
  fill(100);
  EXPECT_EQ(StoppedStore::open(settings())->back_up(backup(), nothing, nothing), 101U);
  EXPECT_EQ(Store::open(at(backup()))->get("key-99"), Store::open(settings())->get("key-99"));
  EXPECT_FALSE(fs::exists(backup().string() + ".partial"));
}

TEST_F(MaintenanceTest, a_backup_does_not_follow_the_store) {
  fill(10);
  StoppedStore::open(settings())->back_up(backup(), nothing, nothing);
  {
    const auto store = Store::open(settings());
    ASSERT_TRUE(commit(*store, one("key-3", "later")));
  }
  StoppedStore::open(settings())->compact(nothing);
  EXPECT_NE(Store::open(at(backup()))->get("key-3"), "later");
}

TEST_F(MaintenanceTest, a_backup_goes_into_an_empty_folder_and_over_nothing) {
  fill(10);
  fs::create_directory(backup());
  EXPECT_EQ(StoppedStore::open(settings())->back_up(backup(), nothing, nothing), 11U);
  const auto again =
      failure_of([&] { StoppedStore::open(settings())->back_up(backup(), nothing, nothing); });
  EXPECT_NE(again.find("is not empty"), Bytes::npos) << again;
  EXPECT_EQ(Store::open(at(backup()))->get("key-9").has_value(), true);
}

TEST_F(MaintenanceTest, a_backup_that_cannot_be_read_back_is_not_made) {
  fill(100);
  StoppedStore::open(settings());  // turns the log into tables
  for (const fs::path& table : tables_in(settings().directory))
    damage(table);
  const auto failed =
      failure_of([&] { StoppedStore::open(settings())->back_up(backup(), nothing, nothing); });
  EXPECT_NE(failed, "");
  EXPECT_FALSE(fs::exists(backup()));
  EXPECT_FALSE(fs::exists(backup().string() + ".partial"));
}

TEST_F(MaintenanceTest, restores_a_backup_to_where_no_store_is) {
  fill(100);
  const auto value = Store::open(settings())->get("key-42");
  StoppedStore::open(settings())->back_up(backup(), nothing, nothing);
  const auto refused = failure_of([&] { restore(backup(), settings(), nothing, nothing); });
  EXPECT_NE(refused.find("is not empty"), Bytes::npos) << refused;

  fs::remove_all(settings().directory);
  EXPECT_EQ(restore(backup(), settings(), nothing, nothing), 101U);
  EXPECT_EQ(Store::open(settings())->get("key-42"), value);
  EXPECT_EQ(Store::open(at(backup()))->get("key-42"), value) << "the backup stays";
}

TEST_F(MaintenanceTest, a_restored_store_shares_no_file_with_its_backup) {
  fill(100);
  StoppedStore::open(settings())->back_up(backup(), nothing, nothing);
  fs::remove_all(settings().directory);
  restore(backup(), settings(), nothing, nothing);
  for (const fs::path& table : tables_in(settings().directory))
    EXPECT_EQ(fs::hard_link_count(table), 1U) << table;
}

TEST_F(MaintenanceTest, refuses_to_restore_what_is_damaged_or_no_backup) {
  EXPECT_NE(
      failure_of([&] { restore(backup(), settings(), nothing, nothing); }).find("does not exist"),
      Bytes::npos);
  fill(100);
  StoppedStore::open(settings())->back_up(backup(), nothing, nothing);
  fs::remove_all(settings().directory);
  for (const fs::path& table : tables_in(backup()))
    damage(table);
  EXPECT_NE(failure_of([&] { restore(backup(), settings(), nothing, nothing); }), "");
  EXPECT_FALSE(fs::exists(settings().directory));
  EXPECT_FALSE(fs::exists(settings().directory.string() + ".partial"));
}

TEST_F(MaintenanceTest, leaves_a_copy_that_was_cut_short_to_the_operator) {
  fill(1);
  fs::create_directory(backup().string() + ".partial");
  const auto failed =
      failure_of([&] { StoppedStore::open(settings())->back_up(backup(), nothing, nothing); });
  EXPECT_NE(failed.find("cut short"), Bytes::npos) << failed;
  EXPECT_TRUE(fs::exists(backup().string() + ".partial"));
}

}  // namespace
}  // namespace ao::store
