// The files of processes' states: of those in a worker's memory their savepoint, of those at rest
// all of it. A cache: whoever starts a node empties it, and nothing here is ever synced.
//
// Not synchronised.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ao/base/ids.hpp"

namespace ao::worker {

// An open file.
class ImageFile {
 public:
  explicit ImageFile(int descriptor) : descriptor_(descriptor) {}
  ~ImageFile();
  ImageFile(ImageFile&& other) noexcept;
  ImageFile& operator=(ImageFile&&) = delete;

  int descriptor() const { return descriptor_; }

  // Errors: kUnavailable "image-unavailable".
  Result<Bytes> read(std::uint64_t offset, std::size_t size) const;
  Result<> write(std::uint64_t offset, BytesView bytes) const;
  Result<> copy_from(const ImageFile& other, std::uint64_t bytes) const;  // the first ones

 private:
  int descriptor_;
};

class ImageFolder {
 public:
  // Throws std::runtime_error when it cannot be made or emptied.
  explicit ImageFolder(std::filesystem::path path);

  // Errors: kUnavailable "image-unavailable".
  Result<ImageFile> create(const ProcessId& process) const;  // empty
  Result<ImageFile> open(const ProcessId& process) const;
  Result<ImageFile> create_or_open(const ProcessId& process, bool is_new) const {
    return is_new ? create(process) : open(process);
  }
  void remove(const ProcessId& process) const;

 private:
  Result<ImageFile> open(const ProcessId& process, int flags) const;

  std::filesystem::path path_;
};

}  // namespace ao::worker
