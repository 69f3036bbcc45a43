// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/token_buckets.hpp"

#include <gtest/gtest.h>

namespace ao {
namespace {

using namespace std::chrono_literals;

using Buckets = TokenBuckets<std::uint64_t>;

constexpr std::uint64_t kAlice{1}, kBob{2};
constexpr Buckets::Time kStart{100s};
constexpr BucketSize kSize{10, 5, 100};

int taken_at_once(Buckets& buckets, std::uint64_t client, Buckets::Time now) {
  int count = 0;
  while (buckets.take(client, now))
    ++count;
  return count;
}

TEST(TokenBuckets, give_a_burst_and_then_one_token_at_a_time) {
  Buckets buckets(kSize);
  EXPECT_EQ(taken_at_once(buckets, kAlice, kStart), 5);
  EXPECT_EQ(buckets.take(kAlice, kStart).error(), 100ms);
  EXPECT_EQ(buckets.take(kAlice, kStart + 99ms).error(), 1ms);
  EXPECT_TRUE(buckets.take(kAlice, kStart + 100ms)) << "there when it was said to be";
  EXPECT_FALSE(buckets.take(kAlice, kStart + 100ms));
}

TEST(TokenBuckets, fill_the_bucket_up_to_the_burst_and_no_further) {
  Buckets buckets(kSize);
  EXPECT_EQ(taken_at_once(buckets, kAlice, kStart), 5);
  EXPECT_EQ(taken_at_once(buckets, kAlice, kStart + 250ms), 2);
  EXPECT_EQ(taken_at_once(buckets, kAlice, kStart + 1h), 5);
}

TEST(TokenBuckets, let_no_client_pay_for_another) {
  Buckets buckets(kSize);
  EXPECT_EQ(taken_at_once(buckets, kAlice, kStart), 5);
  EXPECT_EQ(taken_at_once(buckets, kBob, kStart), 5);
}

TEST(TokenBuckets, take_more_when_charged) {
  Buckets buckets(kSize);
  ASSERT_TRUE(buckets.take(kAlice, kStart));
  buckets.charge(kAlice, 2, kStart);
  EXPECT_EQ(taken_at_once(buckets, kAlice, kStart), 2);
}

TEST(TokenBuckets, give_credit_of_one_burst_and_no_more) {
  Buckets buckets(kSize);
  ASSERT_TRUE(buckets.take(kAlice, kStart));
  for (int i = 0; i < 1000; ++i)
    buckets.charge(kAlice, 2, kStart);
  EXPECT_EQ(buckets.take(kAlice, kStart).error(), 600ms);
  EXPECT_TRUE(buckets.take(kAlice, kStart + 600ms));
}

TEST(TokenBuckets, forget_who_was_away_longest_when_the_table_is_full) {
  Buckets buckets(BucketSize{10, 5, 3});
  for (const std::uint64_t client : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}})
    EXPECT_EQ(taken_at_once(buckets, client, kStart), 5);
  EXPECT_FALSE(buckets.take(std::uint64_t{1}, kStart));  // seen last now
  for (std::uint64_t i = 4; i < 6; ++i)
    EXPECT_TRUE(buckets.take(std::uint64_t{i}, kStart));
  EXPECT_EQ(buckets.holders(), 3u);
  EXPECT_FALSE(buckets.take(std::uint64_t{1}, kStart)) << "is remembered";
  EXPECT_TRUE(buckets.take(std::uint64_t{2}, kStart)) << "was forgotten";
  for (std::uint64_t i = 10; i < 10'000; ++i)
    EXPECT_TRUE(buckets.take(std::uint64_t{i << 20}, kStart));
  EXPECT_EQ(buckets.holders(), 3u);
}

TEST(TokenBuckets, forget_full_buckets_as_others_come) {
  Buckets buckets(kSize);
  for (std::uint64_t i = 0; i < 50; ++i)
    EXPECT_TRUE(buckets.take(std::uint64_t{i}, kStart));
  EXPECT_EQ(buckets.holders(), 50u);
  for (std::uint64_t i = 0; i < 50; ++i)
    EXPECT_TRUE(buckets.take(std::uint64_t{1000 + i}, kStart + 1s));
  EXPECT_EQ(buckets.holders(), 50u) << "two went for each that came";
}

}  // namespace
}  // namespace ao
