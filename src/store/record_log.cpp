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
  Bytes numbers;  // of the record that is read: they may be in two fragments
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
    if (begins) numbers.clear();
    numbers += fragment->bytes.substr(0, kNumbers - std::min(kNumbers, numbers.size()));
    within = fragment->type == kFirst || fragment->type == kMiddle;
    at = fragment->end;
    if (within) continue;
    if (!follows(numbers)) return;
    whole_until_ = at;
  }
}

bool RecordLog::follows(BytesView numbers) {
  if (kind_ == Kind::kManifest) return true;
  if (numbers.size() < kNumbers) return false;
  const std::uint64_t number = little_endian(numbers.substr(0, 8));
  if (next_write_ && number != *next_write_) return false;
  next_write_ = number + little_endian(numbers.substr(8, 4));
  return true;
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
