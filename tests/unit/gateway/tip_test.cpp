// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/gateway/tip.hpp"

#include <gtest/gtest.h>

namespace ao::gateway {
namespace {

using message::Block;

constexpr std::uint64_t kNow = 1'790'000'000;  // seconds
constexpr std::uint64_t kHeight = 1'900'000;

Timestamp at(std::uint64_t seconds) {
  return Timestamp{seconds * 1'000};
}
Block block(std::uint64_t height, std::uint64_t made = kNow) {
  return {height, "hash" + std::to_string(height), made};
}

TEST(Tip, the_last_block_is_read_of_info) {
  EXPECT_EQ(tip_in_info(R"({"height":7,"current":"abc-_"})"), (Block{7, "abc-_", 0}));
  EXPECT_EQ(tip_in_info(R"({"height":"7"})"), (Block{7, "", 0}));
  EXPECT_EQ(tip_in_info(R"({"height":7,"current":"../x"})"), (Block{7, "", 0}));
  EXPECT_EQ(tip_in_info(R"({"height":0})"), std::nullopt);
  EXPECT_EQ(tip_in_info(R"({"height":-1})"), std::nullopt);
  EXPECT_EQ(tip_in_info("down"), std::nullopt);
}

TEST(Tip, a_block_counts_when_it_is_the_one_that_was_named) {
  const std::string said = R"({"height":7,"indep_hash":"abc","timestamp":55})";
  EXPECT_EQ(block_in(said, {7, "abc", 0}), (Block{7, "abc", 55}));
  EXPECT_EQ(block_in(said, {7, "", 0}), (Block{7, "abc", 55}));
  EXPECT_EQ(block_in(said, {8, "abc", 0}), std::nullopt);
  EXPECT_EQ(block_in(said, {7, "other", 0}), std::nullopt);
  EXPECT_EQ(block_in(R"({"height":7})", {7, "abc", 0}), std::nullopt);
}

TEST(Tip, a_block_is_kept_as_bytes) {
  EXPECT_EQ(block_from(to_bytes(block(7, 9))), block(7, 9));
  EXPECT_EQ(block_from(to_bytes({7, "", 0})), (Block{7, "", 0}));
  EXPECT_EQ(block_from("short"), std::nullopt);
}

TEST(Tip, later_blocks_are_believed_one_after_the_other) {
  Tip tip;
  EXPECT_EQ(tip.block().height, 0u);
  EXPECT_EQ(tip.believe(block(kHeight), at(kNow)), true);
  EXPECT_EQ(tip.believe(block(kHeight), at(kNow + 1)), false);
  EXPECT_EQ(tip.believe(block(kHeight + 1), at(kNow + 120)), true);
  EXPECT_EQ(tip.block(), block(kHeight + 1));
  EXPECT_EQ(tip.told(), at(kNow + 120));
}

TEST(Tip, a_reorganisation_changes_the_hash_and_never_lowers_the_height) {
  Tip tip;
  ASSERT_TRUE(tip.believe(block(kHeight), at(kNow)));
  EXPECT_EQ(tip.believe({kHeight, "another", kNow}, at(kNow)), true);
  EXPECT_EQ(tip.block().hash, "another");
  EXPECT_EQ(tip.believe(block(kHeight - Tip::kReorganisationMax), at(kNow)), false);
  EXPECT_EQ(tip.block().height, kHeight);
  EXPECT_EQ(tip.believe(block(kHeight - Tip::kReorganisationMax - 1), at(kNow)).error().code,
            "block-absurd");
}

TEST(Tip, it_comes_no_faster_than_the_network) {
  Tip tip;
  ASSERT_TRUE(tip.believe(block(kHeight), at(kNow)));
  EXPECT_EQ(tip.believe(block(kHeight + Tip::kAheadMax + 1), at(kNow)).error().code,
            "block-absurd");
  EXPECT_EQ(tip.believe(block(kHeight + Tip::kAheadMax), at(kNow)), true);
  // What was believed opens no room for more: a liar does not climb step by step.
  EXPECT_FALSE(tip.believe(block(kHeight + Tip::kAheadMax + 1), at(kNow + 1)));
  EXPECT_TRUE(tip.believe(block(kHeight + Tip::kAheadMax + 4), at(kNow + 120)));
  EXPECT_FALSE(tip.believe(block(kHeight + Tip::kAheadMax + 9), at(kNow + 240)));
}

TEST(Tip, the_first_block_is_no_higher_than_there_can_be) {
  Tip tip;
  EXPECT_EQ(tip.believe(block(100'000'000), at(kNow)).error().code, "block-absurd");
  EXPECT_EQ(tip.believe(block(kHeight, kNow + 3 * 3'600), at(kNow)).error().code, "block-absurd");
  EXPECT_EQ(tip.block().height, 0u);
}

TEST(Tip, after_a_restart_it_has_come_on_meanwhile) {
  Tip tip;
  tip.restore(block(kHeight, kNow), at(kNow + 240'000));
  EXPECT_EQ(tip.block(), block(kHeight, kNow));
  EXPECT_TRUE(tip.believe(block(kHeight + 2'000, kNow + 240'000), at(kNow + 240'000)));
  EXPECT_FALSE(tip.believe(block(kHeight + 9'000, kNow + 240'000), at(kNow + 240'000)));
}

}  // namespace
}  // namespace ao::gateway
