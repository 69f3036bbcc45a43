// The last block of the network, as gateways tell it, and how far they are believed.
//
//   GET URL/info               {"height", "current": the hash}
//   GET URL/block/hash/HASH    {"height", "indep_hash", "timestamp"}, or /block/height/HEIGHT
//
// Nobody proves a block here, so a tip counts only as far as it is plausible: no higher than the
// network can have come since the tip that is known, nor lower by more than a reorganisation takes
// back. Values and decisions; the caller brings the time. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/base/bytes.hpp"
#include "ao/base/clock.hpp"
#include "ao/message/block.hpp"

namespace ao::gateway {

// Height and hash; nullopt when the answer is none.
std::optional<message::Block> tip_in_info(BytesView body);

// With its timestamp, if it is the block that `tip` names; nullopt for another, and for no block.
std::optional<message::Block> block_in(BytesView body, const message::Block& tip);

// As it is kept. Nullopt for what is no kept block.
Bytes to_bytes(const message::Block& block);
std::optional<message::Block> block_from(BytesView kept);

class Tip {
 public:
  // The network makes a block in two minutes. Within a reorganisation a lower tip is nothing odd.
  static constexpr std::uint64_t kReorganisationMax = 50;
  static constexpr std::uint64_t kAheadMax = 60;

  const message::Block& block() const { return block_; }  // height 0: none is known
  Timestamp told() const { return told_; }                // when it was told last

  // What was known before a restart.
  void restore(const message::Block& block, Timestamp now);

  // True when it is a later block than the one that is known, or another of the same height; a
  // lower one of a reorganisation changes nothing. Errors: kInvalid "block-absurd".
  Result<bool> believe(const message::Block& told, Timestamp now);

 private:
  Result<> check(const message::Block& told, Timestamp now) const;

  message::Block block_;
  Timestamp told_;
  // From where the highest plausible height is counted: the first tip, and when it was told.
  std::uint64_t first_height_ = 0;
  Timestamp first_told_;
};

}  // namespace ao::gateway
