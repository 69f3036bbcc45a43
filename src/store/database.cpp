// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <random>
#include <stdexcept>

#include "keeper.hpp"
#include "migration.hpp"
#include "options.hpp"
#include "torn_tail.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& directory, std::string_view reason) {
  throw std::runtime_error(fmt::format("store {}: {}", directory.string(), reason));
}

// Whether this may have been left behind by a death while the database was being created.
bool is_of_a_creation(std::string_view name) {
  return name == "LOCK" || name.starts_with("LOG") || name == "IDENTITY" ||
         name == "MANIFEST-000001" || name.ends_with(".dbtmp") || name == "anchor" ||
         name == "anchor.new";
}

// RocksDB creates a new database wherever the file CURRENT is missing, over the remains of an old
// one as well as in somebody's home directory.
bool is_to_be_created(const Files& files, const fs::path& directory) {
  if (files.exists(directory / "CURRENT")) return false;
  for (const std::string& name : files.names_in(directory))
    if (!is_of_a_creation(name))
      refuse(directory,
             fmt::format("holds '{}' and no CURRENT: it is not a store, or a damaged one", name));
  return true;
}

std::string reason_of(const rocksdb::Status& status) {
  const std::string text = status.ToString();
  if (text.find("lock hold by current process") != std::string::npos)
    return "is open in this process already";
  if (text.find("While lock file") != std::string::npos) return "is in use by another process";
  if (status.IsCorruption()) return fmt::format("is damaged, and was left as it is: {}", text);
  return fmt::format("cannot be opened: {}", text);
}

void check(const fs::path& directory, const rocksdb::Status& status) {
  if (!status.ok()) refuse(directory, reason_of(status));
}

// Not while another process writes to it: RocksDB's lock is held meanwhile.
void cut_torn_tails_of(const Files& files, const fs::path& directory) {
  rocksdb::FileSystem& disk = *files.shared();
  rocksdb::FileLock* lock = nullptr;
  check(directory, disk.LockFile((directory / "LOCK").string(), {}, &lock, nullptr));
  const auto unlock = [&disk](rocksdb::FileLock* held) { disk.UnlockFile(held, {}, nullptr); };
  const std::unique_ptr<rocksdb::FileLock, decltype(unlock)> held(lock, unlock);
  cut_torn_tails(files, directory);
}

bool is_empty(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> entries(db.NewIterator({}));
  entries->SeekToFirst();
  return entries->status().ok() && !entries->Valid() && db.GetLatestSequenceNumber() == 0;
}

std::string new_id() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

Anchor read_anchor(const Settings& settings, const Files& files) {
  const fs::path file = anchor_of(settings);
  const auto text = files.read(file);
  if (!text)
    refuse(settings.directory,
           fmt::format("its head anchor {} is missing, so a loss could not be noticed",
                       file.string()));
  auto anchor = Anchor::from_text(*text);
  if (!anchor)
    refuse(settings.directory,
           fmt::format("its head anchor {} is damaged: {}", file.string(), anchor.error().text));
  return std::move(*anchor);
}

// The anchor first: a store with a stamp has one. What an anchor says of a store that is not there
// is a loss too.
std::string create_store(const Settings& settings, Database& database) {
  const fs::path& directory = settings.directory;
  if (database.files.exists(anchor_of(settings))) {
    const Anchor before = read_anchor(settings, database.files);
    if (const std::string lost = before.missing_in({}); !lost.empty())
      refuse(directory,
             fmt::format("is empty, and {} is not: {}", anchor_of(settings).string(), lost));
  }
  const std::string id = new_id();
  database.files.replace(anchor_of(settings), Anchor{id, {}}.text());
  rocksdb::WriteOptions synced;
  synced.sync = true;
  check(directory, database.db->Put(synced, kStampKey, std::string(kFormat) + id));
  // Flushed to a table, not left in the log: a store whose log was deleted still has its stamp, and
  // so is never taken for a new one.
  check(directory, database.db->Flush({}));
  return id;
}

std::string id_of(const Settings& settings, Database& database) {
  std::string stamp;
  const auto status = database.db->Get({}, kStampKey, &stamp);
  if (status.ok() && stamp.starts_with(kFormat)) return stamp.substr(kFormat.size());
  if (status.ok() && stamp == kFormat1) return migrate_from_1(settings, database, new_id());
  if (status.ok())
    refuse(settings.directory,
           fmt::format("is '{}', and this program reads '{}…'", stamp, kFormat));
  if (!status.IsNotFound()) check(settings.directory, status);
  if (!is_empty(*database.db))
    refuse(settings.directory, "is a RocksDB database of something else than aonode");
  return create_store(settings, database);
}

}  // namespace

Database open_database(const Settings& settings, std::shared_ptr<rocksdb::FileSystem> disk) {
  const fs::path& directory = settings.directory;
  const bool is_own = disk != nullptr;
  Database opened{Files(is_own ? std::move(disk) : rocksdb::FileSystem::Default()), {}, {}, {}};
  try {
    opened.files.make_folder(directory);
    opened.files.make_folder(anchor_of(settings).parent_path());
    rocksdb::Options options = options_for(settings);
    options.create_if_missing = is_to_be_created(opened.files, directory);
    if (!options.create_if_missing) cut_torn_tails_of(opened.files, directory);
    if (is_own) {
      opened.env = rocksdb::NewCompositeEnv(opened.files.shared());
      options.env = opened.env.get();
    }
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options, directory.string(), &db);
    opened.db.reset(db);
    check(directory, status);
    opened.id = id_of(settings, opened);
  } catch (const FileError& error) {
    refuse(directory, error.what());
  }
  return opened;
}

void check_anchor(const Settings& settings, const Database& database, const ShardHeads& heads) {
  const Anchor anchor = read_anchor(settings, database.files);
  const std::string file = anchor_of(settings).string();
  if (anchor.store != database.id)
    refuse(settings.directory, fmt::format("is store {}, and the head anchor {} is of store {}",
                                           database.id, file, anchor.store));
  if (const std::string lost = anchor.missing_in(heads); !lost.empty())
    refuse(settings.directory, fmt::format("has lost data: {} (by {})", lost, file));
}

}  // namespace ao::store
