// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "record_log.hpp"

#include <algorithm>
#include <boost/crc.hpp>

namespace ao::store {
namespace {

constexpr std::uint64_t kBlock = 32 << 10;
constexpr std::uint64_t kHeader = 4 + 2 + 1;
constexpr std::size_t kNumbers = 8 + 4;           // at the begin of a record of writes
constexpr std::uint64_t kNumbersApart = 1 << 24;  // more than one record holds

// Tags of a manifest's record.
enum Tag : std::uint64_t {
  kComparator = 1,
  kLogNumber = 2,
  kNextFile = 3,
  kLastWrite = 4,
  kPreviousLog = 9,
  kOldestKept = 10,
  kColumnFamilies = 203,
  kDatabaseId = (1 << 13) + 1,
};

// Seven bits a byte, the lowest first; the highest bit says that more follow.
std::optional<std::uint64_t> take_varint(BytesView& bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::uint64_t little_endian(BytesView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// CRC-32C, rotated and shifted so that a record within a record is not taken for one.
std::uint32_t masked_crc(BytesView bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> sum;
  sum.process_bytes(bytes.data(), bytes.size());
  const std::uint32_t crc = sum.checksum();
  return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

}  // namespace

std::optional<RecordLog::Fragment> RecordLog::fragment_at(std::uint64_t offset) const {
  const std::uint64_t room =
      std::min<std::uint64_t>(kBlock - offset % kBlock, bytes_.size() - offset);
  if (room < kHeader) return std::nullopt;
  const std::uint64_t size = little_endian(bytes_.substr(offset + 4, 2));
  const auto type = static_cast<unsigned char>(bytes_[offset + 6]);
  if (type == 0 || kHeader + size > room) return std::nullopt;
  if (masked_crc(bytes_.substr(offset + 6, 1 + size)) != little_endian(bytes_.substr(offset, 4)))
    return std::nullopt;
  return Fragment{type, bytes_.substr(offset + kHeader, size), offset + kHeader + size};
}

// Stops at the first thing that does not hold. A type that this reader does not know is left to
// RocksDB, with everything behind it.
void RecordLog::read() {
  bool within = false;
  Bytes record;  // of one of writes its begin
  std::uint64_t at = 0;
  while (at < bytes_.size()) {
    if (const std::uint64_t left = kBlock - at % kBlock; left < kHeader) {
      at = std::min<std::uint64_t>(at + left, bytes_.size());
      if (!within) whole_until_ = at;
      continue;
    }
    const auto fragment = fragment_at(at);
    if (!fragment) return;
    if (fragment->type > kLast) {
      whole_until_ = bytes_.size();
      return;
    }
    const bool begins = fragment->type == kWhole || fragment->type == kFirst;
    if (begins == within) return;
    if (begins) record.clear();
    if (kind_ == Kind::kManifest || record.size() < kNumbers) record += fragment->bytes;
    within = fragment->type == kFirst || fragment->type == kMiddle;
    at = fragment->end;
    if (within) continue;
    if (!follows(record)) return;
    whole_until_ = at;
  }
}

bool RecordLog::follows(BytesView record) {
  if (kind_ == Kind::kManifest) {
    read_edit(record);
    return true;
  }
  if (record.size() < kNumbers) return false;
  const std::uint64_t number = little_endian(record.substr(0, 8));
  if (next_write_ && number != *next_write_) return false;
  if (!first_write_) first_write_ = number;
  next_write_ = number + little_endian(record.substr(8, 4));
  return true;
}

// Up to the first tag that is none of a single number or text.
void RecordLog::read_edit(BytesView record) {
  while (const auto tag = take_varint(record)) {
    const bool is_text = *tag == kComparator || *tag == kDatabaseId;
    const bool is_number = *tag == kLogNumber || *tag == kNextFile || *tag == kLastWrite ||
                           *tag == kPreviousLog || *tag == kOldestKept || *tag == kColumnFamilies;
    if (!is_text && !is_number) return;
    const auto value = take_varint(record);
    if (!value || (is_text && *value > record.size())) return;
    if (is_text) record.remove_prefix(*value);
    if (*tag == kLastWrite) last_write_ = std::max(last_write_, *value);
    if (*tag == kLogNumber) oldest_log_ = std::max(oldest_log_, *value);
  }
}

// Tried at every byte, since the size of what does not hold cannot be trusted.
std::optional<std::uint64_t> RecordLog::later_record() const {
  for (std::uint64_t at = whole_until_ + 1; at + kHeader < bytes_.size(); ++at) {
    const auto type = static_cast<unsigned char>(bytes_[at + 6]);
    if (type != kWhole && type != kFirst) continue;
    const auto fragment = fragment_at(at);
    if (!fragment) continue;
    if (kind_ == Kind::kManifest) return at;
    if (fragment->bytes.size() < 8) continue;
    const std::uint64_t number = little_endian(fragment->bytes.substr(0, 8));
    if (!next_write_ || number - *next_write_ < kNumbersApart) return at;
  }
  return std::nullopt;
}

}  // namespace ao::store
