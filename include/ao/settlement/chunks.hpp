// The chunks of a transaction's data, the Merkle tree over them, and the proof of each.
//
// Data is cut as every Arweave client cuts it, since who cuts otherwise gets another root: into
// 256 KiB each, the last two evenly where the last would have less than 32 KiB; behind data that
// ends with a whole chunk stands an empty one, which is in the tree and is not sent.
//
//   leaf   = H( H(H(chunk)) H(end) )                 end, split: u256, big-endian
//   branch = H( H(left) H(right) H(split) )          split: where the left one ends
//   path   = *( left right split ) H(chunk) end      from the root down to the leaf
//
// Follows ar_merkle of the Arweave node. Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/crypto/digest.hpp"

namespace ao::settlement {

inline constexpr std::size_t kChunkBytesMax = 256 << 10;
inline constexpr std::size_t kChunkBytesMin = 32 << 10;  // of all but an only one

// Bytes [begin, end) of the data.
struct Chunk {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  Bytes path;
};

class Chunks {
 public:
  explicit Chunks(BytesView data);  // hashes all of it

  // Empty for no data, else 32 bytes.
  const Bytes& root() const { return root_; }
  std::uint64_t size() const { return size_; }
  const std::vector<Chunk>& all() const { return chunks_; }  // those that are sent

  // What POST /chunk takes; `data` is what the chunks are of.
  Bytes json(const Chunk& chunk, BytesView data) const;

 private:
  Bytes root_;
  std::uint64_t size_;
  std::vector<Chunk> chunks_;
};

// The bytes that a path proves the leaf over the byte at `offset` to have, with what they hash to.
// Errors, kind kInvalid: "chunk-path", naming what does not hold. Stricter than most: each number
// must be what the tree of those bytes has.
struct Proven {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  crypto::Digest256 hash{};
};
Result<Proven> prove_chunk(BytesView root, std::uint64_t size, std::uint64_t offset,
                           BytesView path);

// The same for a chunk as it was sent: also that it hashes to what was proven. What it is of.
// Errors: "chunk-malformed", naming the member; "chunk-path".
struct ReadChunk {
  Bytes root;
  std::uint64_t size = 0;
  Proven place;
  Bytes bytes;
};
Result<ReadChunk> read_chunk(BytesView json);

}  // namespace ao::settlement
