// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "image_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace ao::worker {
namespace {

std::unexpected<Error> unavailable(const std::string& what) {
  return fail(ErrorKind::kUnavailable, "image-unavailable",
              fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

ImageFile::~ImageFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ImageFile::ImageFile(ImageFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

Result<Bytes> ImageFile::read(std::uint64_t offset, std::size_t size) const {
  Bytes bytes(size, '\0');
  if (pread(descriptor_, bytes.data(), size, static_cast<off_t>(offset)) !=
      static_cast<ssize_t>(size))
    return unavailable("an image cannot be read");
  return bytes;
}

Result<> ImageFile::write(std::uint64_t offset, BytesView bytes) const {
  if (pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)) !=
      static_cast<ssize_t>(bytes.size()))
    return unavailable("an image cannot be written");
  return {};
}

Result<> ImageFile::copy_from(const ImageFile& other, std::uint64_t bytes) const {
  loff_t from = 0, to = 0;
  while (static_cast<std::uint64_t>(from) < bytes) {
    const std::uint64_t left = bytes - static_cast<std::uint64_t>(from);
    const ssize_t count = copy_file_range(other.descriptor_, &from, descriptor_, &to, left, 0);
    if (count <= 0) return unavailable("an image cannot be copied");
  }
  return {};
}

ImageFolder::ImageFolder(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code failed;
  std::filesystem::remove_all(path_, failed);
  if (!failed) std::filesystem::create_directories(path_, failed);
  if (failed)
    throw std::runtime_error(
        fmt::format("the folder of images {}: {}", path_.string(), failed.message()));
}

Result<ImageFile> ImageFolder::create(const ProcessId& process) const {
  remove(process);  // who still has the old one keeps it
  return open(process, O_CREAT | O_EXCL);
}

Result<ImageFile> ImageFolder::open(const ProcessId& process) const {
  return open(process, 0);
}

Result<ImageFile> ImageFolder::open(const ProcessId& process, int flags) const {
  const auto path = path_ / hex(process.bytes());
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | flags, 0600);
  if (descriptor < 0) return unavailable(path.string());
  return ImageFile(descriptor);
}

void ImageFolder::remove(const ProcessId& process) const {
  std::error_code ignored;
  std::filesystem::remove(path_ / hex(process.bytes()), ignored);
}

}  // namespace ao::worker
