// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "options.hpp"
#include "torn_tail.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& directory, std::string_view reason) {
  throw std::runtime_error(fmt::format("store {}: {}", directory.string(), reason));
}

// Whether RocksDB may have left this behind when it died while it created the database.
bool is_of_a_creation(std::string_view name) {
  return name == "LOCK" || name.starts_with("LOG") || name == "IDENTITY" ||
         name == "MANIFEST-000001" || name.ends_with(".dbtmp");
}

// As is_to_be_created and make_directory below, on a file system given by a test.
bool is_to_be_created_on(rocksdb::FileSystem& disk, const fs::path& directory) {
  if (disk.FileExists((directory / "CURRENT").string(), {}, nullptr).ok()) return false;
  std::vector<std::string> names;
  const auto listed = disk.GetChildren(directory.string(), {}, &names, nullptr);
  if (!listed.ok()) refuse(directory, listed.ToString());
  for (const std::string& name : names)
    if (!is_of_a_creation(name))
      refuse(directory,
             fmt::format("holds '{}' and no CURRENT: it is not a store, or a damaged one", name));
  return true;
}

void make_directory_on(rocksdb::FileSystem& disk, const fs::path& directory) {
  if (disk.FileExists(directory.string(), {}, nullptr).ok()) return;
  std::unique_ptr<rocksdb::FSDirectory> parent;
  auto status = disk.CreateDirIfMissing(directory.string(), {}, nullptr);
  if (status.ok())
    status = disk.NewDirectory(directory.parent_path().string(), {}, &parent, nullptr);
  if (status.ok()) status = parent->Fsync({}, nullptr);
  if (!status.ok()) refuse(directory, status.ToString());
}

// RocksDB creates a new database wherever the file CURRENT is missing, over the remains of an old
// one as well as in somebody's home directory.
bool is_to_be_created(const fs::path& directory) {
  if (fs::exists(directory / "CURRENT")) return false;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (!is_of_a_creation(name))
      refuse(directory,
             fmt::format("holds '{}' and no CURRENT: it is not a store, or a damaged one", name));
  }
  return true;
}

// The entry of a new directory is on disk only once its parent is synced.
void sync_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int reason = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) refuse(directory, fmt::format("cannot be synced: {}", std::strerror(reason)));
}

void make_directory(const fs::path& directory) {
  const fs::path absolute = fs::absolute(directory).lexically_normal();
  fs::path missing = absolute;
  std::vector<fs::path> made_in;
  while (!fs::exists(missing)) {
    missing = missing.parent_path();
    made_in.push_back(missing);
  }
  if (made_in.empty()) return;
  fs::create_directories(absolute);
  fs::permissions(absolute, fs::perms::owner_all);
  for (const fs::path& parent : made_in)
    sync_directory(parent);
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

bool is_empty(rocksdb::DB& db) {
  const std::unique_ptr<rocksdb::Iterator> entries(db.NewIterator({}));
  entries->SeekToFirst();
  return entries->status().ok() && !entries->Valid() && db.GetLatestSequenceNumber() == 0;
}

// The stamp is flushed to a table, not left in the log: a store whose log was deleted still has its
// stamp and so is never taken for a new one.
void check_stamp(const fs::path& directory, rocksdb::DB& db) {
  std::string stamp;
  const auto status = db.Get({}, kStampKey, &stamp);
  if (status.ok() && stamp == kStamp) return;
  if (status.ok())
    refuse(directory, fmt::format("is '{}', and this program reads '{}'", stamp, kStamp));
  if (!status.IsNotFound()) check(directory, status);
  if (!is_empty(db)) refuse(directory, "is a RocksDB database of something else than aonode");
  rocksdb::WriteOptions synced;
  synced.sync = true;
  check(directory, db.Put(synced, kStampKey, kStamp));
  check(directory, db.Flush({}));
}

}  // namespace

Database open_database(const Settings& settings, std::shared_ptr<rocksdb::FileSystem> disk) {
  const fs::path& directory = settings.directory;
  Database opened;
  try {
    const bool is_simulated = disk && disk->Name() == std::string_view("SimulatedDisk");
    if (is_simulated) {
      make_directory_on(*disk, directory);
    } else {
      make_directory(directory);
    }
    rocksdb::Options options = options_for(settings);
    options.create_if_missing =
        is_simulated ? is_to_be_created_on(*disk, directory) : is_to_be_created(directory);
    cut_torn_tails(disk ? *disk : *rocksdb::FileSystem::Default(), directory);
    if (disk) {
      opened.env = rocksdb::NewCompositeEnv(disk);
      options.env = opened.env.get();
    }
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options, directory.string(), &db);
    opened.db.reset(db);
    check(directory, status);
  } catch (const fs::filesystem_error& error) {
    refuse(directory, error.code().message());
  }
  check_stamp(directory, *opened.db);
  return opened;
}

}  // namespace ao::store
