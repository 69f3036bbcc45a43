// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/note.hpp"

#include "fuzz/fuzz.hpp"

namespace ao::peers {

// A note has one encoding, and what is read keeps to the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto note = read_note(input);
  if (!note) return fuzz::refused(note.error(), "gossip-");
  AO_ASSERT(note->entries.size() <= Note::kEntriesMax && note->wants.size() <= Note::kWantsMax);
  AO_ASSERT(note->records.size() <= Note::kRecordsMax);
  for (const Note::Entry& entry : note->entries)
    AO_ASSERT((note->buckets >> bucket_of(entry.key) & 1) != 0);
  AO_ASSERT(size_of(*note) == size);
  AO_ASSERT(write_note(*note) == input);
  return 0;
}

}  // namespace ao::peers
