// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/note.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"

namespace ao::peers {
namespace {

constexpr BytesView kMark{"aog", 3};
constexpr char kVersion = 1;
constexpr std::size_t kRecordBytesMax = 0xffff;  // what its size can say

std::unexpected<Error> malformed(std::string_view what, std::size_t offset) {
  return fail(ErrorKind::kInvalid, "gossip-malformed",
              fmt::format("a note of gossip {}, at byte {}", what, offset));
}

void put_u16be(Bytes& out, std::size_t value) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value & 0xff);
}

// Takes from the front. Whatever ends too early is noticed by `is_short`, once for all.
class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}

  BytesView take(std::size_t count) {
    if (count > bytes_.size() - at_) {
      is_short_ = true;
      at_ = bytes_.size();
      return {};
    }
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    for (const char byte : take(width))
      value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }

  bool is_short() const { return is_short_; }
  bool is_at_end() const { return at_ == bytes_.size(); }
  std::size_t at() const { return at_; }

 private:
  BytesView bytes_;
  std::size_t at_ = 0;
  bool is_short_ = false;
};

Result<> read_digest(Reader& reader, Note& note) {
  const std::uint64_t has_digest = reader.number(1);
  if (has_digest > 1) return malformed("has a digest or has none", reader.at());
  if (has_digest == 0) return {};
  note.digest.emplace();
  for (std::uint64_t& hash : *note.digest)
    hash = reader.number(8);
  return {};
}

Result<> read_entries(Reader& reader, Note& note) {
  note.buckets = reader.number(8);
  const std::uint64_t count = reader.number(2);
  if (count > Note::kEntriesMax)
    return malformed(fmt::format("has at most {} entries", Note::kEntriesMax), reader.at());
  for (std::uint64_t i = 0; i < count && !reader.is_short(); ++i) {
    const RecordKey key{reader.number(8)};
    if (!note.entries.empty() && key <= note.entries.back().key)
      return malformed("has entries in the order of their keys", reader.at());
    if ((note.buckets >> bucket_of(key) & 1) == 0)
      return malformed("has entries of its buckets alone", reader.at());
    note.entries.push_back({key, Timestamp{reader.number(8)}});
  }
  return {};
}

Result<> read_wants(Reader& reader, Note& note) {
  const std::uint64_t count = reader.number(2);
  if (count > Note::kWantsMax)
    return malformed(fmt::format("wants at most {} records", Note::kWantsMax), reader.at());
  for (std::uint64_t i = 0; i < count && !reader.is_short(); ++i) {
    const RecordKey key{reader.number(8)};
    if (!note.wants.empty() && key <= note.wants.back())
      return malformed("wants records in the order of their keys", reader.at());
    note.wants.push_back(key);
  }
  return {};
}

Result<> read_records(Reader& reader, Note& note) {
  const std::uint64_t count = reader.number(2);
  if (count > Note::kRecordsMax)
    return malformed(fmt::format("has at most {} records", Note::kRecordsMax), reader.at());
  for (std::uint64_t i = 0; i < count && !reader.is_short(); ++i) {
    const std::size_t size = reader.number(2);
    note.records.emplace_back(reader.take(size));
  }
  return {};
}

}  // namespace

RecordKey key_of(const Address& scheduler) {
  const auto hash = crypto::sha256("Scheduler-Location " + scheduler.text);
  return RecordKey{get_u64be(crypto::view(hash).substr(0, 8))};
}

Result<Note> read_note(BytesView bytes) {
  if (bytes.size() > Note::kBytesMax)
    return fail(ErrorKind::kTooLarge, "gossip-too-large",
                fmt::format("a note of gossip has {} bytes, the limit is {}", bytes.size(),
                            Note::kBytesMax));
  if (!bytes.starts_with(kMark)) return malformed("begins with aog", 0);
  Reader reader(bytes);
  reader.take(kMark.size());
  const std::uint64_t version = reader.number(1);
  if (version != kVersion && !reader.is_short())
    return fail(ErrorKind::kInvalid, "gossip-version",
                fmt::format("a note of gossip of version {}, here is version 1", version));
  Note note;
  note.room = static_cast<std::uint16_t>(reader.number(2));
  AO_CHECK(read_digest(reader, note));
  AO_CHECK(read_entries(reader, note));
  AO_CHECK(read_wants(reader, note));
  AO_CHECK(read_records(reader, note));
  if (reader.is_short()) return malformed("ends too early", reader.at());
  if (!reader.is_at_end()) return malformed("ends behind its records", reader.at());
  return note;
}

Bytes write_note(const Note& note) {
  AO_ASSERT(note.entries.size() <= Note::kEntriesMax && note.wants.size() <= Note::kWantsMax);
  AO_ASSERT(note.records.size() <= Note::kRecordsMax && size_of(note) <= Note::kBytesMax);
  AO_ASSERT(std::ranges::is_sorted(note.entries, std::less(), &Note::Entry::key));
  AO_ASSERT(std::ranges::is_sorted(note.wants));
  Bytes out(kMark);
  out.reserve(size_of(note));
  out += kVersion;
  put_u16be(out, note.room);
  out += note.digest ? '\x01' : '\0';
  if (note.digest)
    for (const std::uint64_t hash : *note.digest)
      put_u64be(out, hash);
  put_u64be(out, note.buckets);
  put_u16be(out, note.entries.size());
  for (const auto& [key, said] : note.entries) {
    put_u64be(out, static_cast<std::uint64_t>(key));
    put_u64be(out, said.milliseconds);
  }
  put_u16be(out, note.wants.size());
  for (const RecordKey key : note.wants)
    put_u64be(out, static_cast<std::uint64_t>(key));
  put_u16be(out, note.records.size());
  for (const Bytes& record : note.records) {
    AO_ASSERT(record.size() <= kRecordBytesMax);
    put_u16be(out, record.size());
    out += record;
  }
  return out;
}

std::size_t size_of(const Note& note) {
  std::size_t bytes = kMark.size() + 1 + 2 + 1 + 8 + 2 + 2 + 2;
  if (note.digest) bytes += 8 * kBuckets;
  bytes += 16 * note.entries.size() + 8 * note.wants.size();
  for (const Bytes& record : note.records)
    bytes += 2 + record.size();
  return bytes;
}

}  // namespace ao::peers
