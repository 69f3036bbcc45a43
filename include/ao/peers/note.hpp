// What two nodes say to each other of the records that they hold (docs/peers.md).
//
//   note    = "aog" version:u8=1 room:u16 digest buckets:u64 entries wants records
//   digest  = 0:u8 / 1:u8 64*(hash:u64)         of each bucket
//   entries = count:u16 *(key:u64 said:u64)     those of `buckets`, bit 0 the lowest keys
//   wants   = count:u16 *(key:u64)
//   records = count:u16 *(size:u16 bytes)       signed items; not verified, and not parsed
//
// Numbers are big-endian, keys ascend, nothing stands behind the records: one note has one
// encoding. Values; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "ao/base/clock.hpp"
#include "ao/base/ids.hpp"

namespace ao::peers {

// Names what a record is about, whichever of its records it is: the first eight bytes of the hash
// of its type and its subject.
enum class RecordKey : std::uint64_t {};

RecordKey key_of(const Address& scheduler);

constexpr std::size_t kBuckets = 64;  // the keys' upper six bits

constexpr std::size_t bucket_of(RecordKey key) {
  return static_cast<std::uint64_t>(key) >> 58;
}

struct Note {
  static constexpr std::size_t kBytesMax = 320 << 10;
  static constexpr std::size_t kEntriesMax = 8'192;
  static constexpr std::size_t kWantsMax = 128;
  static constexpr std::size_t kRecordsMax = 128;

  using Digest = std::array<std::uint64_t, kBuckets>;
  struct Entry {
    RecordKey key;
    Timestamp said;

    bool operator==(const Entry&) const = default;
  };

  std::uint16_t room = 0;  // how many records of subjects that it does not know its writer takes
  std::optional<Digest> digest;
  std::uint64_t buckets = 0;  // of these, `entries` is all that its writer has
  std::vector<Entry> entries;
  std::vector<RecordKey> wants;
  std::vector<Bytes> records;

  bool operator==(const Note&) const = default;
};

// Errors: kInvalid "gossip-malformed" with what and where, "gossip-version" for one that a later
// program wrote; kTooLarge "gossip-too-large".
Result<Note> read_note(BytesView bytes);

// Within the limits, or else it ends the program: whoever makes notes keeps them small.
Bytes write_note(const Note& note);

std::size_t size_of(const Note& note);  // written

}  // namespace ao::peers
