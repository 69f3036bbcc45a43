// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/disk/simulated_disk.hpp"

#include <gtest/gtest.h>

#include "../../../src/store/database.hpp"
#include "store_fixture.hpp"

namespace ao::test {
namespace {

using Status = rocksdb::IOStatus;

class SimulatedDiskTest : public testing::Test {
 protected:
  SimulatedDiskTest() {
    EXPECT_TRUE(disk_->CreateDir("/d", {}, nullptr).ok());
    sync_directory("/");
  }

  std::unique_ptr<rocksdb::FSWritableFile> create(const std::string& path) {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    EXPECT_TRUE(disk_->NewWritableFile(path, {}, &file, nullptr).ok());
    return file;
  }
  static Status append(rocksdb::FSWritableFile& file, const Bytes& bytes) {
    return file.Append(bytes, {}, nullptr);
  }
  static Status sync(rocksdb::FSWritableFile& file) { return file.Sync({}, nullptr); }
  Status sync_directory(const std::string& path) {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    EXPECT_TRUE(disk_->NewDirectory(path, {}, &directory, nullptr).ok());
    return directory->Fsync({}, nullptr);
  }
  Status rename(const std::string& from, const std::string& to) {
    return disk_->RenameFile(from, to, {}, nullptr);
  }
  void make_synced(const std::string& path, const Bytes& bytes) {
    const auto file = create(path);
    EXPECT_TRUE(append(*file, bytes).ok());
    EXPECT_TRUE(sync(*file).ok());
    EXPECT_TRUE(sync_directory("/d").ok());
  }

  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
  Random random_{1};
};

TEST_F(SimulatedDiskTest, keeps_what_was_synced_and_loses_the_rest) {
  const auto file = create("/d/a");
  append(*file, "synced");
  sync(*file);
  sync_directory("/d");
  append(*file, " and not");
  EXPECT_EQ(disk_->read("/d/a"), "synced and not");
  EXPECT_EQ(disk_->copy()->read("/d/a"), "synced and not");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a"), "synced");
}

TEST_F(SimulatedDiskTest, a_range_sync_is_no_sync) {
  const auto file = create("/d/a");
  sync_directory("/d");
  append(*file, "bytes");
  EXPECT_TRUE(file->RangeSync(0, 5, {}, nullptr).ok());
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a"), "");
}

TEST_F(SimulatedDiskTest, a_synced_file_is_lost_with_its_name) {
  const auto file = create("/d/a");
  append(*file, "bytes");
  sync(*file);
  EXPECT_TRUE(disk_->what_is_synced()->files().empty());
  sync_directory("/d");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a"), "bytes");
}

TEST_F(SimulatedDiskTest, a_rename_replaces_only_once_its_directory_is_synced) {
  make_synced("/d/current", "old");
  make_synced("/d/new", "new");
  rename("/d/new", "/d/current");
  EXPECT_EQ(disk_->read("/d/current"), "new");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/current"), "old");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/new"), "new");
  sync_directory("/d");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/current"), "new");
  EXPECT_EQ(disk_->what_is_synced()->files().size(), 1U);
}

TEST_F(SimulatedDiskTest, an_unsynced_removal_may_come_back) {
  make_synced("/d/a", "bytes");
  EXPECT_TRUE(disk_->DeleteFile("/d/a", {}, nullptr).ok());
  EXPECT_TRUE(disk_->files().empty());
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a"), "bytes");
}

TEST_F(SimulatedDiskTest, a_power_cut_keeps_synced_bytes_and_any_part_of_the_rest) {
  const Bytes synced(5'000, 's');
  const Bytes rest(20'000, 'r');
  const auto file = create("/d/a");
  append(*file, synced);
  sync(*file);
  sync_directory("/d");
  append(*file, rest);
  std::set<std::size_t> sizes;
  bool torn = false;
  for (int i = 0; i < 300; ++i) {
    const Bytes left = disk_->after_power_cut(random_)->read("/d/a");
    ASSERT_LE(left.size(), 25'000U);
    ASSERT_TRUE(left.starts_with(synced));
    torn |= left.find_first_not_of("sr") != Bytes::npos;
    sizes.insert(left.size());
  }
  EXPECT_TRUE(torn) << "no page was ever torn or missing";
  EXPECT_TRUE(sizes.contains(5'000) && sizes.contains(25'000));
  EXPECT_GT(sizes.size(), 20U);
}

TEST_F(SimulatedDiskTest, overwritten_bytes_are_the_old_or_the_new_ones) {
  make_synced("/d/a", Bytes(10'000, 'o'));
  std::unique_ptr<rocksdb::FSWritableFile> file;
  ASSERT_TRUE(disk_->ReuseWritableFile("/d/b", "/d/a", {}, &file, nullptr).ok());
  append(*file, Bytes(8'192, 'n'));
  EXPECT_EQ(disk_->read("/d/b"), Bytes(8'192, 'n') + Bytes(1'808, 'o'));
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a"), Bytes(10'000, 'o'));
  sync(*file);
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a"), Bytes(8'192, 'n') + Bytes(1'808, 'o'));
}

TEST_F(SimulatedDiskTest, the_same_random_numbers_leave_the_same_disk) {
  const auto file = create("/d/a");
  append(*file, Bytes(50'000, 'r'));
  Random first{7};
  Random again{7};
  for (int i = 0; i < 20; ++i) {
    const auto one = disk_->after_power_cut(first);
    const auto other = disk_->after_power_cut(again);
    ASSERT_EQ(one->files(), other->files());
    for (const std::string& path : one->files())
      ASSERT_EQ(one->read(path), other->read(path));
  }
}

TEST_F(SimulatedDiskTest, nothing_happens_after_the_power_was_cut) {
  const auto file = create("/d/a");
  sync_directory("/d");
  append(*file, "before");
  disk_->cut_power_at(2);
  EXPECT_TRUE(sync(*file).ok());
  EXPECT_FALSE(append(*file, "after").ok());
  EXPECT_TRUE(disk_->is_off());
  EXPECT_FALSE(sync(*file).ok());
  EXPECT_FALSE(disk_->DeleteFile("/d/a", {}, nullptr).ok());
  const auto left = disk_->after_power_cut(random_);
  EXPECT_EQ(left->read("/d/a"), "before");
  EXPECT_FALSE(left->is_off());
}

TEST_F(SimulatedDiskTest, fails_the_operation_of_its_number_once_or_from_then_on) {
  const auto file = create("/d/a.log");
  Fault fault;
  fault.kind = Fault::Kind::kNoSpace;
  fault.operations = {Operation::kAppend};
  fault.name_ends_with = ".log";
  fault.number = 2;
  disk_->inject(fault);
  EXPECT_TRUE(append(*create("/d/other"), "not counted").ok());
  EXPECT_TRUE(append(*file, "1").ok());
  const Status full = append(*file, "2");
  EXPECT_TRUE(full.IsNoSpace()) << full.ToString();
  EXPECT_EQ(disk_->struck(), "append of /d/a.log");
  EXPECT_TRUE(append(*file, "3").ok());
  EXPECT_EQ(disk_->read("/d/a.log"), "13");

  fault.from_then_on = true;
  fault.number = 1;
  disk_->inject(fault);
  EXPECT_FALSE(append(*file, "4").ok());
  EXPECT_FALSE(append(*file, "5").ok());
  EXPECT_EQ(disk_->hits(), 2U);
  disk_->heal();
  EXPECT_TRUE(append(*file, "6").ok());
}

TEST_F(SimulatedDiskTest, counts_syncs_of_a_file_whose_sync_failed) {
  const auto file = create("/d/a");
  Fault fault;
  fault.operations = {Operation::kSync};
  disk_->inject(fault);
  EXPECT_FALSE(sync(*file).ok());
  EXPECT_EQ(disk_->syncs_after_a_failed_one(), 0U);
  EXPECT_TRUE(sync(*file).ok());
  EXPECT_EQ(disk_->syncs_after_a_failed_one(), 1U);
}

TEST_F(SimulatedDiskTest, a_lying_disk_loses_what_it_claims_to_have_synced) {
  Lies lies;
  lies.unsynced_ending = ".log";
  disk_ = std::make_shared<SimulatedDisk>(lies);
  disk_->CreateDir("/d", {}, nullptr);
  sync_directory("/");
  make_synced("/d/a.log", "bytes");
  make_synced("/d/a.sst", "bytes");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a.log"), "");
  EXPECT_EQ(disk_->what_is_synced()->read("/d/a.sst"), "bytes");
  lies.skips_directories = true;
  disk_ = std::make_shared<SimulatedDisk>(lies);
  disk_->CreateDir("/d", {}, nullptr);
  sync_directory("/");
  make_synced("/d/a.sst", "bytes");
  EXPECT_TRUE(disk_->what_is_synced()->files().empty());
}

TEST_F(SimulatedDiskTest, a_lock_is_held_once) {
  rocksdb::FileLock* lock = nullptr;
  rocksdb::FileLock* second = nullptr;
  ASSERT_TRUE(disk_->LockFile("/d/LOCK", {}, &lock, nullptr).ok());
  EXPECT_FALSE(disk_->LockFile("/d/LOCK", {}, &second, nullptr).ok());
  EXPECT_TRUE(disk_->UnlockFile(lock, {}, nullptr).ok());
  ASSERT_TRUE(disk_->LockFile("/d/LOCK", {}, &lock, nullptr).ok());
  EXPECT_TRUE(disk_->UnlockFile(lock, {}, nullptr).ok());
}

TEST_F(SimulatedDiskTest, says_what_is_not_there) {
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  std::uint64_t size = 0;
  std::vector<std::string> names;
  EXPECT_TRUE(disk_->FileExists("/d/a", {}, nullptr).IsNotFound());
  EXPECT_TRUE(disk_->NewSequentialFile("/d/a", {}, &file, nullptr).IsPathNotFound());
  EXPECT_FALSE(disk_->GetFileSize("/d/a", {}, &size, nullptr).ok());
  EXPECT_FALSE(disk_->GetChildren("/none", {}, &names, nullptr).ok());
  make_synced("/d/a", "1");
  EXPECT_TRUE(disk_->GetChildren("/d/", {}, &names, nullptr).ok());
  EXPECT_EQ(names, std::vector<std::string>{"a"});
}

class StoreOnSimulatedDiskTest : public store::StoreTest {};

TEST_F(StoreOnSimulatedDiskTest, a_store_lives_on_it_and_leaves_the_machine_alone) {
  store::Settings settings;
  settings.directory = "/store";
  settings.cache_bytes = 1 << 20;
  auto disk = std::make_shared<SimulatedDisk>();
  ASSERT_TRUE(commit(*store::open_on(settings, disk), store::one("a", "1")));
  disk = disk->what_is_synced();
  EXPECT_EQ(store::open_on(settings, disk)->get("a"), "1");
  EXPECT_FALSE(std::filesystem::exists("/store"));
}

}  // namespace
}  // namespace ao::test
