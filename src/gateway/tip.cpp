// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/gateway/tip.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/gateway/answer.hpp"
#include "ao/message/json.hpp"

namespace ao::gateway {

using message::Block;
using message::Map;
using message::Value;

namespace {

constexpr std::uint64_t kGenesisSeconds = 1'528'500'720;  // Arweave's first block, in June 2018
constexpr std::uint64_t kBlockSeconds = 120;
constexpr std::uint64_t kTimesFaster = 4;  // than one in two minutes: no network is
constexpr std::uint64_t kClockSkewSeconds = 2 * 3'600;
constexpr std::size_t kHashBytesMax = 64;  // 48 bytes as base64url

std::uint64_t seconds(Timestamp time) {
  return time.milliseconds / 1'000;
}

// How many blocks there can have been between.
std::uint64_t blocks_between(std::uint64_t from, std::uint64_t until) {
  return until <= from ? 0 : kTimesFaster * (until - from) / kBlockSeconds;
}

// Goes into assignments, and into paths, as it is.
std::string hash_in(BytesView text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const bool is_plain =
      text.size() <= kHashBytesMax && text.find_first_not_of(kAlphabet) == text.npos;
  return is_plain ? std::string(text) : std::string();
}

std::unexpected<Error> absurd(std::string text) {
  return fail(ErrorKind::kInvalid, "block-absurd", std::move(text));
}

}  // namespace

std::optional<Block> tip_in_info(BytesView body) {
  const auto said = message::from_json(body);
  const auto height = said ? number_at(*said, "height") : std::nullopt;
  if (!height || *height == 0) return std::nullopt;
  return Block{*height, hash_in(said->text("current")), 0};
}

std::optional<Block> block_in(BytesView body, const Block& tip) {
  const auto said = message::from_json(body);
  const auto height = said ? number_at(*said, "height") : std::nullopt;
  const auto made = said ? number_at(*said, "timestamp") : std::nullopt;
  if (!height || !made || *height != tip.height) return std::nullopt;
  Block block{*height, hash_in(said->text("indep_hash")), *made};
  if (!tip.hash.empty() && !block.hash.empty() && block.hash != tip.hash) return std::nullopt;
  if (block.hash.empty()) block.hash = tip.hash;
  return block;
}

Bytes to_bytes(const Block& block) {
  Bytes bytes;
  put_u64be(bytes, block.height);
  put_u64be(bytes, block.timestamp);
  return bytes + block.hash;
}

std::optional<Block> block_from(BytesView kept) {
  if (kept.size() < 16) return std::nullopt;
  return Block{get_u64be(kept), std::string(kept.substr(16)), get_u64be(kept.substr(8))};
}

void Tip::restore(const Block& block, Timestamp now) {
  block_ = block;
  told_ = now;
  first_height_ = block.height;
  // While the node was away the network went on: from when the block was made it is counted.
  first_told_ = now;
  if (block.timestamp != 0 && block.timestamp < seconds(now))
    first_told_ = Timestamp{block.timestamp * 1'000};
}

Result<bool> Tip::believe(const Block& told, Timestamp now) {
  AO_CHECK(check(told, now));
  told_ = now;
  if (told.height < block_.height || told == block_) return false;
  if (block_.height == 0) {
    first_height_ = told.height;
    first_told_ = now;
  }
  block_ = told;
  return true;
}

Result<> Tip::check(const Block& told, Timestamp now) const {
  const std::uint64_t highest_ever = blocks_between(kGenesisSeconds, seconds(now));
  if (told.height > highest_ever)
    return absurd(fmt::format("block {} is higher than the {} that there can have been",
                              told.height, highest_ever));
  if (told.timestamp > seconds(now) + kClockSkewSeconds)
    return absurd(fmt::format("block {} is said to be made at {}, hours from now", told.height,
                              told.timestamp));
  if (block_.height == 0) return {};
  if (told.height + kReorganisationMax < block_.height)
    return absurd(
        fmt::format("block {} is {} below block {}, which is known; a reorganisation "
                    "takes back {} at most",
                    told.height, block_.height - told.height, block_.height, kReorganisationMax));
  const std::uint64_t highest =
      first_height_ + kAheadMax + blocks_between(seconds(first_told_), seconds(now));
  if (told.height > highest)
    return absurd(fmt::format("block {} is beyond {}, the most that there can be since block {}",
                              told.height, highest, first_height_));
  return {};
}

}  // namespace ao::gateway
