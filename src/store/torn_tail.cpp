// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torn_tail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "record_log.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, std::string_view reason) {
  throw std::runtime_error(fmt::format("store {}: {} {}", file.parent_path().string(),
                                       file.filename().string(), reason));
}

void check(const fs::path& file, const rocksdb::IOStatus& status) {
  if (!status.ok()) refuse(file, fmt::format("cannot be read or cut: {}", status.ToString()));
}

Bytes read(rocksdb::FileSystem& disk, const fs::path& file) {
  Bytes content;
  check(file, rocksdb::ReadFileToString(&disk, file.string(), &content));
  return content;
}

void truncate(rocksdb::FileSystem& disk, const fs::path& file, std::uint64_t size) {
  check(file, disk.Truncate(file.string(), size, {}, nullptr));
  std::unique_ptr<rocksdb::FSWritableFile> opened;
  check(file, disk.ReopenWritableFile(file.string(), {}, &opened, nullptr));
  check(file, opened->Fsync({}, nullptr));
  check(file, opened->Close({}, nullptr));
}

// `is_last`: nothing was written to any log after this one.
void cut(rocksdb::FileSystem& disk, const fs::path& file, RecordLog::Kind kind,
         const Bytes& content, bool is_last) {
  const RecordLog log(kind, content);
  if (log.is_whole()) return;
  const auto later = log.later_record();
  if (later || !is_last)
    refuse(file,
           fmt::format("is damaged, and was left as it is: the record at byte {} does not hold, "
                       "and {}",
                       log.whole_until(),
                       later ? fmt::format("another follows at {}", *later)
                             : "a later log goes on from it"));
  truncate(disk, file, log.whole_until());
}

// The names of RocksDB's write-ahead logs, the oldest first.
std::vector<std::string> logs_in(rocksdb::FileSystem& disk, const fs::path& directory) {
  std::vector<std::string> names;
  check(directory / ".", disk.GetChildren(directory.string(), {}, &names, nullptr));
  std::erase_if(names, [](const std::string& name) {
    const std::size_t digits = name.find_first_not_of("0123456789");
    return digits == 0 || digits == std::string::npos || name.substr(digits) != ".log";
  });
  std::ranges::sort(names, {}, [](const std::string& name) { return std::stoull(name); });
  return names;
}

void cut_logs(rocksdb::FileSystem& disk, const fs::path& directory) {
  bool is_last = true;
  auto names = logs_in(disk, directory);
  std::ranges::reverse(names);
  for (const std::string& name : names) {
    const Bytes content = read(disk, directory / name);
    if (content.empty()) continue;
    cut(disk, directory / name, RecordLog::Kind::kWrites, content, is_last);
    is_last = false;
  }
}

void cut_manifest(rocksdb::FileSystem& disk, const fs::path& directory) {
  Bytes name = read(disk, directory / "CURRENT");
  if (!name.ends_with('\n')) return;  // RocksDB says what is wrong with it
  name.pop_back();
  if (!disk.FileExists((directory / name).string(), {}, nullptr).ok()) return;
  cut(disk, directory / name, RecordLog::Kind::kManifest, read(disk, directory / name), true);
}

}  // namespace

void cut_torn_tails(rocksdb::FileSystem& disk, const fs::path& directory) {
  if (!disk.FileExists((directory / "CURRENT").string(), {}, nullptr).ok()) return;
  cut_logs(disk, directory);
  cut_manifest(disk, directory);
}

}  // namespace ao::store
