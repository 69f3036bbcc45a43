// RocksDB's format of write-ahead logs and manifests: records in blocks of 32 KiB.
//
//   fragment = masked crc32c:u32 size:u16 type:u8 bytes
//   type     = 1 whole, 2 first, 3 middle, 4 last
//
// Integers are little-endian. A fragment does not cross the end of a block; fewer than 7 bytes at
// the end of a block are zeros. A record of a write-ahead log begins with the number of its first
// write (u64) and their count (u32); the next record's number follows on. A record of a manifest is
// a list of tag:varint value; those of numbers come first.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/base/bytes.hpp"

namespace ao::store {

class RecordLog {
 public:
  enum class Kind { kWrites, kManifest };

  RecordLog(Kind kind, BytesView bytes) : kind_(kind), bytes_(bytes) { read(); }

  // The records up to here are whole and follow each other. The size of the file when all are.
  std::uint64_t whole_until() const { return whole_until_; }
  bool is_whole() const { return whole_until_ == bytes_.size(); }

  // Of a log of writes: the numbers of its first write, and of the one that would be next. Nullopt
  // when it has none.
  std::optional<std::uint64_t> first_write() const { return first_write_; }
  std::optional<std::uint64_t> next_write() const { return next_write_; }

  // Of a manifest: the last write that was made before it was written, and the oldest log that has
  // writes beyond the tables.
  std::uint64_t last_write() const { return last_write_; }
  std::uint64_t oldest_log() const { return oldest_log_; }

  // Where a record begins behind the one that does not hold; nullopt when none does.
  std::optional<std::uint64_t> later_record() const;

 private:
  enum Type : unsigned char { kWhole = 1, kFirst = 2, kMiddle = 3, kLast = 4 };
  struct Fragment {
    unsigned char type;
    BytesView bytes;
    std::uint64_t end;
  };

  void read();
  bool follows(BytesView record);  // or its begin
  void read_edit(BytesView record);
  std::optional<Fragment> fragment_at(std::uint64_t offset) const;

  const Kind kind_;
  const BytesView bytes_;
  std::uint64_t whole_until_ = 0;
  std::optional<std::uint64_t> first_write_;
  std::optional<std::uint64_t> next_write_;
  std::uint64_t last_write_ = 0;
  std::uint64_t oldest_log_ = 0;
};

}  // namespace ao::store
