// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/disk/stored_file.hpp"

#include <algorithm>

namespace ao::test {

void StoredFile::keep_before(std::uint64_t changed_from) {
  if (!before_ && changed_from < synced_) before_ = content_.substr(0, synced_);
}

void StoredFile::write(std::uint64_t offset, BytesView bytes) {
  keep_before(offset);
  if (content_.size() < offset + bytes.size()) content_.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content_.begin() + static_cast<std::ptrdiff_t>(offset));
}

void StoredFile::truncate(std::uint64_t size) {
  keep_before(size);
  content_.resize(size);
}

void StoredFile::sync() {
  synced_ = content_.size();
  before_.reset();
}

Bytes StoredFile::synced_content() const {
  return before_ ? *before_ : content_.substr(0, synced_);
}

Bytes StoredFile::after_power_cut(Tearing tearing, Random& random) const {
  if (is_synced() || tearing == Tearing::kKept) return content_;
  if (tearing == Tearing::kLost) return synced_content();
  if (before_ || tearing == Tearing::kPages) return some_pages(random);
  const std::uint64_t end = synced_ + random() % (content_.size() - synced_ + 1);
  return tearing == Tearing::kPrefix ? content_.substr(0, end) : torn(end, random);
}

// The page that holds `end` was being written: its sectors from there on hold anything, but those
// that were synced before are as they were, whichever version the disk kept.
Bytes StoredFile::torn(std::uint64_t end, Random& random) const {
  const std::uint64_t sector = std::max(end / kSectorBytes * kSectorBytes, synced_);
  const std::uint64_t page_end =
      std::min<std::uint64_t>((end / kPageBytes + 1) * kPageBytes, content_.size());
  Bytes left = content_.substr(0, sector);
  const bool garbage = random() % 2 == 0;
  while (left.size() < page_end)
    left.push_back(garbage ? static_cast<char>(random()) : '\0');
  return left;
}

Bytes StoredFile::some_pages(Random& random) const {
  const Bytes old = synced_content();
  const std::uint64_t intact = before_ ? 0 : synced_;
  Bytes left = old;
  for (std::uint64_t page = intact / kPageBytes; page * kPageBytes < content_.size(); ++page) {
    if (random() % 2 == 0) continue;
    const std::uint64_t begin = std::max(page * kPageBytes, intact);
    const std::uint64_t end = std::min<std::uint64_t>((page + 1) * kPageBytes, content_.size());
    if (left.size() < end) left.resize(end);
    std::copy(content_.begin() + static_cast<std::ptrdiff_t>(begin),
              content_.begin() + static_cast<std::ptrdiff_t>(end),
              left.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  return left;
}

}  // namespace ao::test
