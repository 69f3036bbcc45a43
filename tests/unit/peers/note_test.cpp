// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/note.hpp"

#include <gtest/gtest.h>

namespace ao::peers {
namespace {

Note full_note() {
  Note note;
  note.room = 0x1234;
  note.digest.emplace();
  for (std::size_t i = 0; i < kBuckets; ++i)
    (*note.digest)[i] = i << 40 | i;
  note.buckets = 0b101;
  note.entries = {{RecordKey{7}, Timestamp{9}}, {RecordKey{std::uint64_t{2} << 58}, Timestamp{1}}};
  note.wants = {RecordKey{1}, RecordKey{2}};
  note.records = {"", Bytes(5'000, 'x')};
  return note;
}

std::string refusal(const Bytes& bytes) {
  const auto note = read_note(bytes);
  return note ? "read" : std::string(note.error().code) + ": " + note.error().text;
}

TEST(Note, what_is_written_is_read_and_has_the_size_that_was_told) {
  for (const Note& note : {Note(), full_note()}) {
    const Bytes bytes = write_note(note);
    EXPECT_EQ(bytes.size(), size_of(note));
    const auto again = read_note(bytes);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(*again, note);
  }
}

TEST(Note, cut_or_continued_it_is_none) {
  const Bytes bytes = write_note(full_note());
  for (std::size_t size = 0; size < bytes.size(); size += size < 700 ? 1 : 97)
    EXPECT_EQ(refusal(bytes.substr(0, size)).substr(0, 16), "gossip-malformed") << size;
  EXPECT_NE(refusal(bytes + 'x').find("behind its records"), std::string::npos);
}

TEST(Note, another_version_is_told_from_what_is_no_note) {
  Bytes bytes = write_note({});
  bytes[3] = 2;
  EXPECT_EQ(refusal(bytes).substr(0, 14), "gossip-version");
  bytes[0] = 'x';
  EXPECT_EQ(refusal(bytes).substr(0, 16), "gossip-malformed");
}

TEST(Note, keys_ascend_and_stand_in_the_buckets_that_are_told) {
  const auto changed = [](auto change) {
    Note note = full_note();
    note.digest.reset();
    Bytes bytes = write_note(note);
    change(bytes);
    return refusal(bytes);
  };
  constexpr std::size_t kBucketsAt = 3 + 1 + 2 + 1, kEntriesAt = kBucketsAt + 8 + 2;
  EXPECT_NE(changed([](Bytes& bytes) { bytes[kBucketsAt + 7] = 0b100; }).find("its buckets"),
            std::string::npos);
  EXPECT_NE(changed([](Bytes& bytes) {
              bytes[kEntriesAt + 16] = bytes[kEntriesAt];
              bytes[kEntriesAt + 16 + 7] = 7;
            }).find("entries in the order"),
            std::string::npos);
  EXPECT_NE(changed([](Bytes& bytes) {
              bytes[kEntriesAt + 32 + 2 + 8 + 7] = 1;
            }).find("wants records in the order"),
            std::string::npos);
  EXPECT_NE(changed([](Bytes& bytes) { bytes[kBucketsAt - 1] = 2; }).find("digest"),
            std::string::npos);
}

TEST(Note, each_limit_is_met_and_not_exceeded) {
  Note note;
  note.buckets = 1;
  for (std::size_t i = 0; i < Note::kEntriesMax; ++i)
    note.entries.push_back({RecordKey{i}, Timestamp{i}});
  for (std::size_t i = 0; i < Note::kWantsMax; ++i)
    note.wants.push_back(RecordKey{i});
  note.records.resize(Note::kRecordsMax);
  Bytes bytes = write_note(note);
  EXPECT_EQ(refusal(bytes), "read");
  const auto counts = [&](std::size_t at, std::size_t count) {
    Bytes more = bytes;
    more[at] = static_cast<char>(count >> 8);
    more[at + 1] = static_cast<char>(count & 0xff);
    return refusal(more);
  };
  constexpr std::size_t kEntriesAt = 3 + 1 + 2 + 1 + 8;
  constexpr std::size_t kWantsAt = kEntriesAt + 2 + 16 * Note::kEntriesMax;
  constexpr std::size_t kRecordsAt = kWantsAt + 2 + 8 * Note::kWantsMax;
  EXPECT_NE(counts(kEntriesAt, Note::kEntriesMax + 1).find("at most 8192"), std::string::npos);
  EXPECT_NE(counts(kWantsAt, Note::kWantsMax + 1).find("at most 128"), std::string::npos);
  EXPECT_NE(counts(kRecordsAt, Note::kRecordsMax + 1).find("at most 128"), std::string::npos);
  note = {};
  while (size_of(note) + 60'002 <= Note::kBytesMax)
    note.records.push_back(Bytes(60'000, 'x'));
  note.records.push_back(Bytes(Note::kBytesMax - size_of(note) - 2, 'x'));
  bytes = write_note(note);
  EXPECT_EQ(bytes.size(), Note::kBytesMax);
  EXPECT_EQ(refusal(bytes), "read");
  EXPECT_EQ(refusal(bytes + 'x').substr(0, 16), "gossip-too-large");
}

}  // namespace
}  // namespace ao::peers
