// The bytes of one file as readers see them, and as a power cut would leave them.
//
// What was written and not synced is lost, kept, cut short or torn; what was synced stays. Not
// thread-safe: guarded by its disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <random>

#include "ao/base/bytes.hpp"

namespace ao::test {

using Random = std::mt19937_64;

constexpr std::uint64_t kPageBytes = 4096;   // what a kernel writes back as one
constexpr std::uint64_t kSectorBytes = 512;  // what a disk writes as one

// What becomes of bytes that were written and not synced.
enum class Tearing {
  kLost,    // none is there
  kKept,    // all are there
  kPrefix,  // those up to some byte
  kPages,   // some pages; those missing between them are zeros
  kTorn,    // those up to some sector; the rest of its page is zeros or garbage
};

class StoredFile {
 public:
  StoredFile() = default;
  explicit StoredFile(Bytes content) : content_(std::move(content)), synced_(content_.size()) {}

  const Bytes& content() const { return content_; }

  void write(std::uint64_t offset, BytesView bytes);  // a gap before it is zeros
  void truncate(std::uint64_t size);
  void sync();

  bool is_synced() const { return !before_ && synced_ == content_.size(); }
  Bytes after_power_cut(Tearing tearing, Random& random) const;

  // After a failed sync the kernel may call the pages clean: nothing may sync this file again.
  bool failed_to_sync = false;

 private:
  void keep_before(std::uint64_t changed_from);
  Bytes synced_content() const;
  Bytes torn(std::uint64_t end, Random& random) const;
  Bytes some_pages(Random& random) const;

  Bytes content_;
  std::uint64_t synced_ = 0;     // these first bytes are on disk, unless `before_` says otherwise
  std::optional<Bytes> before_;  // what is on disk, once synced bytes were changed
};

}  // namespace ao::test
