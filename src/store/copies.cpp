// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "copies.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

#include "ao/base/files.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopyBytes = 1 << 20;

[[noreturn]] void failed(const char* what, const fs::path& path) {
  throw fs::filesystem_error(what, path, std::error_code(errno, std::generic_category()));
}

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : path_(path) {
    number_ = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (number_ < 0) failed("cannot open", path);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  std::size_t read(std::vector<char>& buffer) const {
    const ssize_t count = ::read(number_, buffer.data(), buffer.size());
    if (count < 0) failed("cannot read", path_);
    return static_cast<std::size_t>(count);
  }
  void write(const char* bytes, std::size_t size) const {
    while (size > 0) {
      const ssize_t count = ::write(number_, bytes, size);
      if (count < 0) failed("cannot write", path_);
      bytes += count;
      size -= static_cast<std::size_t>(count);
    }
  }
  void sync() const {
    if (::fsync(number_) != 0) failed("cannot sync", path_);
  }

 private:
  const fs::path path_;
  int number_;
};

// LOCK and LOG are of whoever has the directory open; a copy gets its own.
bool is_personal(std::string_view name) {
  return name == "LOCK" || name == "LOG" || name.starts_with("LOG.old");
}

}  // namespace

void refuse(const fs::path& directory, std::string_view reason) {
  throw std::runtime_error(fmt::format("store {}: {}", directory.string(), reason));
}

std::map<std::string, std::uint64_t> sizes_in(const fs::path& directory) {
  std::map<std::string, std::uint64_t> sizes;
  std::error_code none;
  fs::directory_iterator entries(directory, none);
  if (none == std::errc::no_such_file_or_directory) return sizes;
  if (none) throw fs::filesystem_error("cannot read", directory, none);
  for (const fs::directory_entry& entry : entries) {
    const bool is_file = entry.is_regular_file(none);
    const std::uintmax_t size = is_file ? entry.file_size(none) : 0;
    if (is_file && !none) sizes.emplace(entry.path().filename().string(), size);
  }
  return sizes;
}

void copy_files(const fs::path& from, const fs::path& to, const Progress& progress) {
  const auto sizes = sizes_in(from);
  std::uint64_t total = 0;
  for (const auto& [name, size] : sizes)
    total += is_personal(name) ? 0 : size;
  std::uint64_t done = 0;
  std::vector<char> buffer(kCopyBytes);
  for (const auto& [name, size] : sizes) {
    if (is_personal(name)) continue;
    const Descriptor source(from / name, O_RDONLY);
    const Descriptor copy(to / name, O_WRONLY | O_CREAT | O_EXCL);
    while (const std::size_t count = source.read(buffer)) {
      copy.write(buffer.data(), count);
      done += count;
      progress(done, total);
    }
    copy.sync();
  }
}

NewDirectory::NewDirectory(const fs::path& place) : place_(fs::absolute(place).lexically_normal()) {
  if (!place_.has_filename()) place_ = place_.parent_path();
  path_ = place_;
  path_ += ".partial";
  if (fs::exists(place_) && !(fs::is_directory(place_) && fs::is_empty(place_)))
    throw std::runtime_error(
        fmt::format("{} exists and is not empty; nothing done", place_.string()));
  if (fs::exists(path_))
    throw std::runtime_error(
        fmt::format("{} is left of a copy that was cut short: remove it first", path_.string()));
  fs::create_directories(place_.parent_path());
}

NewDirectory::~NewDirectory() {
  std::error_code ignored;
  if (!is_in_place_) fs::remove_all(path_, ignored);
}

void NewDirectory::put_in_place() {
  for (const auto& [name, size] : sizes_in(path_))
    sync(path_ / name);
  sync(path_);
  fs::rename(path_, place_);  // also over an empty directory
  is_in_place_ = true;
  sync(place_.parent_path());
}

}  // namespace ao::store
