// The head anchor: a second place that knows how far every shard log went.
//
// RocksDB takes a log whose end is missing for one that a crash cut short; that is right for what
// nobody was told of, and silence about a loss for the rest. The anchor is one small file,
// rewritten about once a second and when the store is closed, never ahead of what is on disk:
//
//   aonode anchor 1
//   store <32 hex digits>            the store that it is of
//   <shard> <epoch> <next>           in order, shards with entries only
//   xxh3 <16 hex digits>             of all the lines before
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "ao/store/shard_logs.hpp"

namespace ao::store {

using ShardHeads = std::array<ShardHead, kShards>;

struct Anchor {
  std::string store;  // hex
  ShardHeads heads;

  std::string text() const;

  // Errors: kInvalid "anchor-malformed", naming the line.
  static Result<Anchor> from_text(std::string_view text);

  // What `heads` lacks that this anchor has, as a sentence; empty when nothing.
  std::string missing_in(const ShardHeads& heads) const;
};

}  // namespace ao::store
