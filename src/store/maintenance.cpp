// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/store/maintenance.hpp"

#include <fmt/format.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table_properties.h>
#include <rocksdb/utilities/checkpoint.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <stdexcept>

#include "checksum.hpp"
#include "copies.hpp"
#include "database.hpp"
#include "keeper.hpp"
#include "options.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kPollEvery{200};
constexpr const char* kAnchorName = "anchor";  // beside the tables
constexpr std::uint32_t kCompactionThreads = 2;
constexpr std::uint64_t kEntriesATell = 4'096;
constexpr std::size_t kAlteredKept = 100;
constexpr std::size_t kReadAheadBytes = 2 << 20;

void check(const fs::path& directory, const rocksdb::Status& status) {
  if (!status.ok()) refuse(directory, status.ToString());
}

bool is_table(std::string_view name) {
  return name.ends_with(".sst");
}

// What RocksDB does in one long call, on a thread of its own; `tell` is called meanwhile.
template <class Work, class Tell>
void do_telling(Work work, Tell tell) {
  auto done = std::async(std::launch::async, std::move(work));
  while (done.wait_for(kPollEvery) == std::future_status::timeout)
    tell();
  done.get();
}

std::uint64_t sum(const std::map<std::string, std::uint64_t>& sizes) {
  std::uint64_t bytes = 0;
  for (const auto& [name, size] : sizes)
    bytes += size;
  return bytes;
}

std::unique_ptr<rocksdb::DB> open_read_only(const Settings& settings, const fs::path& directory) {
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options_for(settings), directory.string(), &db);
  std::unique_ptr<rocksdb::DB> opened(db);
  check(directory, status);
  return opened;
}

// RocksDB's own estimate counts what a log held twice, and ignores removals.
std::uint64_t keys_in_tables(rocksdb::DB& db) {
  rocksdb::TablePropertiesCollection tables;
  if (!db.GetPropertiesOfAllTables(&tables).ok()) return 0;  // one is damaged
  std::uint64_t entries = 0;
  std::uint64_t removals = 0;
  for (const auto& [file, properties] : tables) {
    entries += properties->num_entries;
    removals += properties->num_deletions;
  }
  return entries - std::min(entries, 2 * removals);
}

std::unique_ptr<rocksdb::Iterator> everything(rocksdb::DB& db) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = kReadAheadBytes;
  std::unique_ptr<rocksdb::Iterator> at(db.NewIterator(options));
  at->SeekToFirst();
  return at;
}

// Both hold the same entries, or this throws. Returns their number.
std::uint64_t compare(rocksdb::DB& original, rocksdb::DB& copy, const fs::path& directory,
                      const Progress& progress) {
  const std::uint64_t total = keys_in_tables(original);
  const auto a = everything(original);
  const auto b = everything(copy);
  std::uint64_t entries = 0;
  for (; a->Valid() && b->Valid(); a->Next(), b->Next()) {
    if (a->key() != b->key() || a->value() != b->value())
      refuse(directory, fmt::format("entry {} is not that of the original", entries));
    if (++entries % kEntriesATell == 0) progress(entries, total);
  }
  check(directory, a->status());
  check(directory, b->status());
  if (a->Valid() || b->Valid())
    refuse(directory,
           fmt::format("has {} entries than the original", a->Valid() ? "fewer" : "more"));
  return entries;
}

// Wherever the settings want the anchor of a store, a backup has its own beside it.
void put_anchor(const Files& files, const fs::path& from, const fs::path& to) {
  const auto anchor = files.read(from);
  if (!anchor)
    throw std::runtime_error(fmt::format("the head anchor {} is missing", from.string()));
  files.replace(to, *anchor);
}

// The lock of a directory that RocksDB does not open, or opens to read.
class Lock {
 public:
  explicit Lock(const fs::path& directory) {
    const auto status = env().LockFile((directory / "LOCK").string(), &lock_);
    if (status.ok()) return;
    lock_ = nullptr;
    // On a medium that cannot be written nobody else writes either.
    if (::access(directory.c_str(), W_OK) == 0) refuse(directory, "is in use by another process");
  }
  ~Lock() {
    if (lock_ != nullptr) env().UnlockFile(lock_);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  static rocksdb::Env& env() { return *rocksdb::Env::Default(); }

  rocksdb::FileLock* lock_ = nullptr;
};

class RocksStopped final : public StoppedStore {
 public:
  explicit RocksStopped(const Settings& settings)
      : settings_(settings),
        options_(options_for(settings)),
        sizes_before_(sizes_in(settings.directory)),
        database_(open_database(settings, nullptr)) {}

  Shape shape() const override;
  std::vector<std::string> damaged_tables(const Progress& progress) const override;
  Findings altered_records(const Progress& progress) const override;
  void compact(const Progress& progress) override;
  std::uint64_t back_up(const fs::path& directory, const Progress& copying,
                        const Progress& comparing) const override;

 private:
  rocksdb::DB& db() const { return *database_.db; }
  std::uint64_t table_bytes() const;
  std::string damage_of(const fs::path& table) const;
  std::uint64_t new_table_bytes(std::map<std::string, std::uint64_t>& seen) const;
  void make_checkpoint(const fs::path& directory) const;

  const Settings settings_;
  const rocksdb::Options options_;
  const std::map<std::string, std::uint64_t> sizes_before_;
  const Database database_;
};

Shape RocksStopped::shape() const {
  Shape shape;
  shape.keys = keys_in_tables(db());
  for (const auto& [name, size] : sizes_before_)
    if (name.ends_with(".log")) shape.log_bytes += size;
  for (const auto& [name, size] : sizes_in(settings_.directory)) {
    if (is_table(name)) shape.table_bytes += size;
    if (!is_table(name) && !name.ends_with(".log")) shape.other_bytes += size;
  }
  std::vector<rocksdb::LiveFileMetaData> files;
  db().GetLiveFilesMetaData(&files);
  std::map<int, Level> levels;
  for (const auto& file : files) {
    Level& level = levels[file.level];
    level.number = file.level;
    ++level.files;
    level.bytes += file.size;
  }
  for (const auto& [number, level] : levels)
    shape.levels.push_back(level);
  return shape;
}

std::uint64_t RocksStopped::table_bytes() const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db().GetLiveFilesMetaData(&files);
  std::uint64_t bytes = 0;
  for (const auto& file : files)
    bytes += file.size;
  return bytes;
}

std::string RocksStopped::damage_of(const fs::path& table) const {
  rocksdb::ReadOptions options;
  options.readahead_size = kReadAheadBytes;
  rocksdb::SstFileReader reader(options_);
  auto status = reader.Open(table.string());
  if (status.ok()) status = reader.VerifyChecksum(options);
  return status.ok() ? std::string()
                     : fmt::format("table {} is damaged: {}", table.string(), status.ToString());
}

std::vector<std::string> RocksStopped::damaged_tables(const Progress& progress) const {
  std::vector<rocksdb::LiveFileMetaData> files;
  db().GetLiveFilesMetaData(&files);
  const std::uint64_t total = table_bytes();
  std::uint64_t done = 0;
  std::vector<std::string> damaged;
  for (const auto& file : files) {
    auto damage = damage_of(file.db_path + file.name);
    if (!damage.empty()) damaged.push_back(std::move(damage));
    done += file.size;
    progress(done, total);
  }
  return damaged;
}

Findings RocksStopped::altered_records(const Progress& progress) const {
  Findings findings(kAlteredKept);
  const std::uint64_t total = keys_in_tables(db());
  std::uint64_t done = 0;
  const auto at = everything(db());
  for (; at->Valid(); at->Next()) {
    const BytesView key = at->key().ToStringView();
    if (key != kStampKey && !checked_value(key, at->value().ToStringView()))
      findings.add(fmt::format("the record {} {} is not what was written there", key.substr(0, 1),
                               hex(key.substr(1))));
    if (++done % kEntriesATell == 0) progress(done, total);
  }
  if (!at->status().ok())
    findings.add(fmt::format("entry {} cannot be read: {}", done, at->status().ToString()));
  return findings;
}

// Obsolete files go while others come, so the sum of what was ever seen is kept.
std::uint64_t RocksStopped::new_table_bytes(std::map<std::string, std::uint64_t>& seen) const {
  for (const auto& [name, size] : sizes_in(settings_.directory))
    if (is_table(name) && !sizes_before_.contains(name)) seen[name] = size;
  return sum(seen);
}

void RocksStopped::compact(const Progress& progress) {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  options.max_subcompactions = kCompactionThreads;
  const auto work = [&] {
    check(settings_.directory, db().CompactRange(options, nullptr, nullptr));
  };
  const std::uint64_t total = table_bytes();
  std::map<std::string, std::uint64_t> written;
  do_telling(work, [&] { progress(new_table_bytes(written), total); });
}

void RocksStopped::make_checkpoint(const fs::path& directory) const {
  rocksdb::Checkpoint* made = nullptr;
  check(settings_.directory, rocksdb::Checkpoint::Create(database_.db.get(), &made));
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  const auto status = checkpoint->CreateCheckpoint(directory.string());
  if (!status.ok())
    throw std::runtime_error(fmt::format("cannot copy store {} to {}: {}",
                                         settings_.directory.string(), directory.string(),
                                         status.ToString()));
  fs::permissions(directory, fs::perms::owner_all);
}

std::uint64_t RocksStopped::back_up(const fs::path& directory, const Progress& copying,
                                    const Progress& comparing) const {
  try {
    NewDirectory backup(directory);
    // RocksDB builds it under a third name, and leaves that when the process dies.
    fs::path staging = backup.path();
    staging += ".tmp";
    const std::uint64_t total = table_bytes();
    do_telling([&] { make_checkpoint(backup.path()); },
               [&] { copying(sum(sizes_in(staging)), total); });
    put_anchor(database_.files, anchor_of(settings_), backup.path() / kAnchorName);
    std::uint64_t entries = 0;
    {
      const auto copy = open_read_only(settings_, backup.path());
      entries = compare(db(), *copy, backup.path(), comparing);
    }
    backup.put_in_place();
    return entries;
  } catch (const fs::filesystem_error& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace

void expect_store(const fs::path& directory) {
  if (fs::exists(directory / "CURRENT")) return;
  if (fs::exists(directory / "store" / "CURRENT"))
    refuse(directory, fmt::format("holds none; did you mean {}?", (directory / "store").string()));
  refuse(directory, fs::exists(directory) ? "holds none" : "does not exist");
}

std::unique_ptr<StoppedStore> StoppedStore::open(const Settings& settings) {
  expect_store(settings.directory);
  return std::make_unique<RocksStopped>(settings);
}

std::uint64_t restore(const fs::path& backup, const Settings& settings, const Progress& copying,
                      const Progress& comparing) {
  expect_store(backup);
  try {
    const Lock lock(backup);
    NewDirectory restored(settings.directory);
    fs::create_directory(restored.path());
    fs::permissions(restored.path(), fs::perms::owner_all);
    copy_files(backup, restored.path(), copying);
    std::uint64_t entries = 0;
    {
      const auto original = open_read_only(settings, backup);
      const auto copy = open_read_only(settings, restored.path());
      entries = compare(*original, *copy, restored.path(), comparing);
    }
    if (!settings.anchor_directory.empty()) {
      const Files files(rocksdb::FileSystem::Default());
      files.make_folder(settings.anchor_directory);
      put_anchor(files, backup / kAnchorName, anchor_of(settings));
    }
    restored.put_in_place();
    return entries;
  } catch (const fs::filesystem_error& error) {
    throw std::runtime_error(error.what());
  }
}

}  // namespace ao::store
