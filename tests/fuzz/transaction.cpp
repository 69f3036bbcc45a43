// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/transaction.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"

namespace ao::settlement {
namespace {

// Written again it reads the same, and means the same.
void read_as_transaction(BytesView input) {
  const auto read = read_transaction(input);
  if (!read) {
    fuzz::refused(read.error(), "transaction-");
    return;
  }
  const Transaction& transaction = read->transaction;
  const auto again = read_transaction(to_json(transaction, read->data));
  AO_ASSERT(again && again->transaction == transaction && again->data == read->data);
  AO_ASSERT(transaction.data_root.empty() == (transaction.data_size == 0));
  const auto verdict = transaction.verify();
  if (!verdict) AO_ASSERT(is_utf8(verdict.error().text));
}

void read_as_chunk(BytesView input) {
  const auto read = read_chunk(input);
  if (!read) {
    fuzz::refused(read.error(), "chunk-");
    return;
  }
  AO_ASSERT(read->place.end - read->place.begin == read->bytes.size());
  AO_ASSERT(read->place.end <= read->size);
}

// Any bytes as a path, for the root that its first node has, so that hashes hold.
void read_as_path(BytesView input) {
  if (input.size() < 16) return;
  const std::uint64_t size = get_u64be(input), offset = get_u64be(input.substr(8));
  const BytesView path = input.substr(16);
  const auto hashed = [](BytesView bytes) { return Bytes(crypto::view(crypto::sha256(bytes))); };
  Bytes root;
  for (std::size_t at = 0; at < std::min<std::size_t>(path.size(), 96); at += 32)
    root += hashed(path.substr(at, 32));
  const auto place = prove_chunk(hashed(root), size, offset, path);
  if (!place) {
    fuzz::refused(place.error(), "chunk-");
    return;
  }
  AO_ASSERT(place->begin <= offset && offset < place->end && place->end <= size);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  read_as_transaction(input);
  read_as_chunk(input);
  read_as_path(input);
  const Chunks chunks(input);
  for (const Chunk& chunk : chunks.all()) {
    const auto read = read_chunk(chunks.json(chunk, input));
    AO_ASSERT(read && read->root == chunks.root() && read->size == size);
  }
  return 0;
}

}  // namespace ao::settlement
