// What the store does when the disk, or somebody who touched its files, lets it down.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <optional>

#include "../../../src/store/database.hpp"
#include "ao/store/store.hpp"
#include "faulty_disk.hpp"
#include "store_fixture.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

// Of the files that RocksDB numbered, the last of this kind.
fs::path youngest(const fs::path& directory, std::string_view ending) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ending) found = std::max(found, entry.path());
  return found;
}

void flip_a_bit(const fs::path& file, std::uintmax_t at) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(stream.get() ^ 1);
  stream.seekp(static_cast<std::streamoff>(at));
  stream.put(byte);
}

TEST_F(StoreTest, nothing_is_acknowledged_after_a_failed_sync) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  ASSERT_TRUE(commit(*store, one("before", "1")));
  EXPECT_EQ(store->failure(), "");
  disk->fail_log_sync(disk->log_syncs() + 1);

  const Result<> failed = commit(*store, one("during", "2"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(failed.error().code, "store-failed");
  EXPECT_NE(store->failure().find("the test's disk failed a sync"), Bytes::npos)
      << store->failure();

  const std::uint64_t syncs = disk->log_syncs();
  const std::uint64_t commits = store->counters().commits;
  for (int i = 0; i < 10; ++i) {
    const Result<> later = commit(*store, one("after", "3"));
    ASSERT_FALSE(later);
    EXPECT_EQ(later.error().code, "store-failed");
    EXPECT_EQ(later.error().text, failed.error().text);
  }
  EXPECT_FALSE(commit(*store, Batch()));
  EXPECT_EQ(disk->log_syncs(), syncs) << "a failed sync must not be tried again";
  EXPECT_EQ(store->counters().commits, commits);

  EXPECT_EQ(store->get("before"), "1");
  EXPECT_EQ(store->get("during"), std::nullopt);
  EXPECT_EQ(store->get("after"), std::nullopt);
}

TEST_F(StoreTest, commits_that_wait_when_the_sync_fails_are_refused) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  disk->fail_log_sync(disk->log_syncs() + 1);
  disk->hold_log_syncs();
  std::vector<std::future<Result<>>> done;
  done.push_back(start(store->commit(one("first", ""))));
  ASSERT_TRUE(disk->await_held());
  for (int i = 0; i < 10; ++i)
    done.push_back(start(store->commit(one("waits", ""))));
  await_started();
  disk->release_log_syncs();
  for (auto& result : done) {
    const Result<> refused = result.get();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store-failed");
  }
  EXPECT_EQ(store->get("waits"), std::nullopt);
}

TEST_F(StoreTest, what_was_acknowledged_before_a_failure_is_there_after_a_restart) {
  for (std::uint64_t failing = 1; failing <= 12; ++failing) {
    Settings each = settings();
    each.directory = folder() / ("fails-at-" + std::to_string(failing));
    ASSERT_TRUE(commit(*Store::open(each), one("created", "")));
    const auto disk = std::make_shared<FaultyDisk>();
    std::vector<std::string> acknowledged;
    {
      const auto store = open_on(each, disk);
      disk->fail_log_sync(disk->log_syncs() + failing);
      for (int i = 0; i < 12; ++i) {
        const std::string key = "key-" + std::to_string(i);
        if (commit(*store, one(key, "value"))) acknowledged.push_back(key);
      }
    }
    EXPECT_EQ(acknowledged.size(), failing - 1);
    const auto again = Store::open(each);
    for (const std::string& key : acknowledged)
      EXPECT_EQ(again->get(key), "value") << key << " after sync " << failing << " failed";
  }
}

TEST_F(StoreTest, a_full_disk_stops_commits_and_not_reads) {
  const auto disk = std::make_shared<FaultyDisk>();
  const auto store = open_on(settings(), disk);
  ASSERT_TRUE(commit(*store, one("before", "1")));
  disk->fail_log_appends();
  EXPECT_FALSE(commit(*store, one("during", "2")));
  EXPECT_NE(store->failure().find("no space left"), Bytes::npos) << store->failure();
  EXPECT_EQ(store->get("before"), "1");
}

TEST_F(StoreTest, refuses_a_log_that_lost_its_middle) {
  {
    const auto store = Store::open(settings());
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(commit(*store, one("key-" + std::to_string(i), Bytes(1000, 'v'))));
  }
  const fs::path log = youngest(settings().directory, ".log");
  ASSERT_GT(fs::file_size(log), 100'000U);
  flip_a_bit(log, fs::file_size(log) / 2);
  const std::string reason = refusal(settings());
  EXPECT_NE(reason.find("is damaged"), Bytes::npos) << reason;
  EXPECT_NE(reason.find(settings().directory.string()), Bytes::npos) << reason;
  EXPECT_EQ(reason.find('\n'), Bytes::npos) << reason;
}

TEST_F(StoreTest, refuses_a_store_whose_current_file_is_gone) {
  ASSERT_TRUE(commit(*Store::open(settings()), one("a", "1")));
  fs::remove(settings().directory / "CURRENT");
  EXPECT_NE(refusal(settings()).find("no CURRENT"), Bytes::npos);
}

TEST_F(StoreTest, reading_a_damaged_table_throws_and_ends_all_commits) {
  ASSERT_TRUE(commit(*Store::open(settings()), one("a", "a value")));
  Store::open(settings());  // turns the log into a table
  flip_a_bit(youngest(settings().directory, ".sst"), 10);
  const auto store = Store::open(settings());
  EXPECT_THROW((void)store->get("a"), std::runtime_error);
  EXPECT_THROW(store->scan("a", {}, [](BytesView, BytesView) { return true; }), std::runtime_error);
  EXPECT_NE(store->failure(), "");
  EXPECT_FALSE(commit(*store, one("b", "")));
}

TEST_F(StoreTest, a_second_opener_is_refused) {
  const auto store = Store::open(settings());
  EXPECT_NE(refusal(settings()).find("is open in this process already"), Bytes::npos);
}

TEST_F(StoreTest, an_opener_in_a_second_process_is_refused) {
  ASSERT_TRUE(commit(*Store::open(settings()), one("a", "1")));
  const std::string lock = settings().directory / "LOCK";
  std::array<int, 2> ready{};
  std::array<int, 2> release{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  ASSERT_EQ(::pipe(release.data()), 0);
  const pid_t other = ::fork();
  if (other == 0) {  // only calls that are safe after a fork of a process with threads
    ::close(release[1]);
    struct flock whole {};
    whole.l_type = F_WRLCK;
    const int file = ::open(lock.c_str(), O_RDWR);
    char told = ::fcntl(file, F_SETLK, &whole) == 0 ? 'y' : 'n';
    (void)!::write(ready[1], &told, 1);
    (void)!::read(release[0], &told, 1);
    ::_exit(0);
  }
  char held = 0;
  ASSERT_EQ(::read(ready[0], &held, 1), 1);
  ASSERT_EQ(held, 'y');
  const std::string reason = refusal(settings());
  ::close(release[1]);
  ::waitpid(other, nullptr, 0);
  EXPECT_EQ(reason, "store " + settings().directory.string() + ": is in use by another process");
  EXPECT_EQ(Store::open(settings())->get("a"), "1");
  for (const int end : {ready[0], ready[1], release[0]})
    ::close(end);
}

TEST_F(StoreTest, refuses_a_database_of_something_else) {
  fs::create_directories(settings().directory);
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* made = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, settings().directory.string(), &made).ok());
    const std::unique_ptr<rocksdb::DB> db(made);
    ASSERT_TRUE(db->Put({}, "a", "1").ok());
  }
  EXPECT_NE(refusal(settings()).find("something else than aonode"), Bytes::npos);
}

TEST_F(StoreTest, refuses_another_version) {
  {
    const Database opened = open_database(settings(), nullptr);
    ASSERT_TRUE(opened.db->Put({}, kStampKey, "aonode store 2").ok());
  }
  EXPECT_NE(refusal(settings()).find("is 'aonode store 2'"), Bytes::npos);
}

TEST_F(StoreTest, refuses_a_folder_with_other_files_and_leaves_it_alone) {
  fs::create_directories(settings().directory);
  std::ofstream(settings().directory / "letter.txt") << "dear reader";
  EXPECT_NE(refusal(settings()).find("'letter.txt'"), Bytes::npos);
  EXPECT_EQ(std::distance(fs::directory_iterator(settings().directory), {}), 1);
}

TEST_F(StoreTest, names_the_directory_that_it_cannot_make) {
  Settings impossible = settings();
  impossible.directory = "/dev/null/store";
  const std::string reason = refusal(impossible);
  EXPECT_NE(reason.find("/dev/null/store"), Bytes::npos) << reason;
  EXPECT_NE(reason.find("Not a directory"), Bytes::npos) << reason;
}

TEST_F(StoreTest, finishes_a_creation_that_was_cut_short) {
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    fs::create_directories(settings().directory);
    rocksdb::DB* made = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open(options, settings().directory.string(), &made).ok());
    delete made;
  }
  EXPECT_TRUE(commit(*Store::open(settings()), one("a", "1")));
}

// What RocksDB holds, whatever the store thinks of it.
void put_raw(const fs::path& directory, BytesView key, BytesView value) {
  rocksdb::DB* opened = nullptr;
  ASSERT_TRUE(rocksdb::DB::Open({}, directory.string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  ASSERT_TRUE(db->Put({}, key, value).ok());
}

Bytes raw(const fs::path& directory, BytesView key) {
  rocksdb::DB* opened = nullptr;
  EXPECT_TRUE(rocksdb::DB::Open({}, directory.string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::string value;
  EXPECT_TRUE(db->Get({}, key, &value).ok());
  return value;
}

TEST_F(StoreTest, never_returns_a_record_that_was_altered) {
  ASSERT_TRUE(commit(*Store::open(settings()), one("key", "a value")));
  Bytes value = raw(settings().directory, "key");
  value[2] = 'V';
  put_raw(settings().directory, "key", value);
  const auto store = Store::open(settings());
  EXPECT_THROW((void)store->get("key"), Unreadable);
  EXPECT_NE(store->failure().find("is not what was written there"), Bytes::npos);
  EXPECT_FALSE(commit(*store, one("later", "")));
}

TEST_F(StoreTest, never_returns_a_record_under_the_key_of_another) {
  Batch batch;
  batch.put("key 1", "a value");
  batch.put("key 2", "another");
  ASSERT_TRUE(commit(*Store::open(settings()), batch));
  put_raw(settings().directory, "key 2", raw(settings().directory, "key 1"));
  const auto store = Store::open(settings());
  EXPECT_EQ(store->get("key 1"), "a value");
  EXPECT_THROW(store->scan("key", {}, [](BytesView, BytesView) { return true; }), Unreadable);
}

// A disk with as much room as the test says.
class SmallDisk final : public rocksdb::FileSystemWrapper {
 public:
  SmallDisk() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "SmallDisk"; }
  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&,
                                 std::uint64_t* bytes, rocksdb::IODebugContext*) override {
    *bytes = free;
    return rocksdb::IOStatus::OK();
  }
  std::atomic<std::uint64_t> free = 1 << 20;
};

TEST_F(StoreTest, says_when_the_disk_is_nearly_full_and_when_it_is_not_any_more) {
  const auto disk = std::make_shared<SmallDisk>();
  Settings watchful = settings();
  watchful.anchor_interval = std::chrono::milliseconds(5);
  watchful.free_bytes_min = 2 << 20;
  const auto store = open_on(watchful, disk);
  EXPECT_NE(store->shortage().find("1 MiB are free"), Bytes::npos) << store->shortage();
  EXPECT_TRUE(commit(*store, one("what was taken in", "is still kept")));
  disk->free = std::uint64_t{1} << 40;
  for (int i = 0; i < 1000 && !store->shortage().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(store->shortage(), "");
}

}  // namespace
}  // namespace ao::store
