// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::store {
namespace {

namespace fs = std::filesystem;

const rocksdb::IOOptions kPlain;

void check(const fs::path& path, const rocksdb::IOStatus& status) {
  if (!status.ok()) throw FileError(fmt::format("{}: {}", path.string(), status.ToString()));
}

}  // namespace

bool Files::exists(const fs::path& path) const {
  const auto status = disk_->FileExists(path.string(), kPlain, nullptr);
  if (status.IsNotFound()) return false;
  check(path, status);
  return true;
}

std::vector<std::string> Files::names_in(const fs::path& folder) const {
  std::vector<std::string> names;
  check(folder, disk_->GetChildren(folder.string(), kPlain, &names, nullptr));
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  std::ranges::sort(names);
  return names;
}

void Files::make_folder(const fs::path& folder) const {
  const fs::path absolute = fs::absolute(folder).lexically_normal();
  std::vector<fs::path> missing;
  for (fs::path at = absolute; !exists(at) && at.has_relative_path(); at = at.parent_path())
    if (!at.filename().empty()) missing.push_back(at);
  for (; !missing.empty(); missing.pop_back()) {
    const fs::path& one = missing.back();
    check(one, disk_->CreateDirIfMissing(one.string(), kPlain, nullptr));
    if (disk_ == rocksdb::FileSystem::Default()) fs::permissions(one, fs::perms::owner_all);
    sync_folder(one.parent_path());
  }
}

std::optional<Bytes> Files::read(const fs::path& file) const {
  if (!exists(file)) return std::nullopt;
  std::uint64_t size = 0;
  check(file, disk_->GetFileSize(file.string(), kPlain, &size, nullptr));
  std::unique_ptr<rocksdb::FSSequentialFile> opened;
  check(file, disk_->NewSequentialFile(file.string(), {}, &opened, nullptr));
  Bytes scratch(size, '\0');
  Bytes content;
  while (content.size() < size) {
    rocksdb::Slice piece;
    check(file, opened->Read(size - content.size(), kPlain, &piece, scratch.data(), nullptr));
    if (piece.empty()) break;
    content.append(piece.data(), piece.size());
  }
  return content;
}

void Files::replace(const fs::path& file, BytesView content) const {
  const fs::path fresh = file.string() + ".new";
  {
    std::unique_ptr<rocksdb::FSWritableFile> opened;
    check(fresh, disk_->NewWritableFile(fresh.string(), {}, &opened, nullptr));
    check(fresh, opened->Append({content.data(), content.size()}, kPlain, nullptr));
    check(fresh, opened->Fsync(kPlain, nullptr));
    check(fresh, opened->Close(kPlain, nullptr));
  }
  check(file, disk_->RenameFile(fresh.string(), file.string(), kPlain, nullptr));
  sync_folder(file.parent_path());
}

// Through an open file: RocksDB's own file system cannot do it by name.
void Files::truncate(const fs::path& file, std::uint64_t size) const {
  std::unique_ptr<rocksdb::FSWritableFile> opened;
  check(file, disk_->ReopenWritableFile(file.string(), {}, &opened, nullptr));
  check(file, opened->Truncate(size, kPlain, nullptr));
  check(file, opened->Fsync(kPlain, nullptr));
  check(file, opened->Close(kPlain, nullptr));
}

std::optional<std::uint64_t> Files::free_bytes(const fs::path& folder) const {
  std::uint64_t bytes = 0;
  if (!disk_->GetFreeSpace(folder.string(), kPlain, &bytes, nullptr).ok()) return std::nullopt;
  return bytes;
}

// The entry of a new file is on disk only once its folder is synced.
void Files::sync_folder(const fs::path& folder) const {
  std::unique_ptr<rocksdb::FSDirectory> opened;
  check(folder, disk_->NewDirectory(folder.string(), kPlain, &opened, nullptr));
  check(folder, opened->Fsync(kPlain, nullptr));
}

}  // namespace ao::store
