// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "client_rates.hpp"

#include <gtest/gtest.h>

namespace ao::node {
namespace {

using http::Network;
using namespace std::chrono_literals;

constexpr Network kAlice{1}, kBob{2};
constexpr ClientRates::Time kStart{100s};

// Ten a second, five at once, a refused one counts for three.
constexpr ClientRateSettings kSettings{10, 5, 3, 100};

int taken_at_once(ClientRates& rates, Network client, ClientRates::Time now) {
  int count = 0;
  while (rates.take(client, now))
    ++count;
  return count;
}

TEST(ClientRates, give_a_burst_and_then_one_token_at_a_time) {
  ClientRates rates(kSettings, 7);
  EXPECT_EQ(taken_at_once(rates, kAlice, kStart), 5);
  EXPECT_EQ(rates.take(kAlice, kStart).error(), 100ms);
  EXPECT_EQ(rates.take(kAlice, kStart + 99ms).error(), 1ms);
  EXPECT_TRUE(rates.take(kAlice, kStart + 100ms)) << "there when it was said to be";
  EXPECT_FALSE(rates.take(kAlice, kStart + 100ms));
}

TEST(ClientRates, fill_the_bucket_up_to_the_burst_and_no_further) {
  ClientRates rates(kSettings, 7);
  EXPECT_EQ(taken_at_once(rates, kAlice, kStart), 5);
  EXPECT_EQ(taken_at_once(rates, kAlice, kStart + 250ms), 2);
  EXPECT_EQ(taken_at_once(rates, kAlice, kStart + 1h), 5);
}

TEST(ClientRates, let_no_client_pay_for_another) {
  ClientRates rates(kSettings, 7);
  EXPECT_EQ(taken_at_once(rates, kAlice, kStart), 5);
  EXPECT_EQ(taken_at_once(rates, kBob, kStart), 5);
}

TEST(ClientRates, take_more_for_a_refused_message) {
  ClientRates rates(kSettings, 7);
  ASSERT_TRUE(rates.take(kAlice, kStart));
  rates.refused(kAlice, kStart);
  EXPECT_EQ(taken_at_once(rates, kAlice, kStart), 2);
}

TEST(ClientRates, give_credit_of_one_burst_and_no_more) {
  ClientRates rates(kSettings, 7);
  ASSERT_TRUE(rates.take(kAlice, kStart));
  for (int i = 0; i < 1000; ++i)
    rates.refused(kAlice, kStart);
  EXPECT_EQ(rates.take(kAlice, kStart).error(), 600ms);
  EXPECT_TRUE(rates.take(kAlice, kStart + 600ms));
}

TEST(ClientRates, forget_who_was_away_longest_when_the_table_is_full) {
  ClientRateSettings settings = kSettings;
  settings.clients_max = 3;
  ClientRates rates(settings, 7);
  for (const Network client : {Network{1}, Network{2}, Network{3}})
    EXPECT_EQ(taken_at_once(rates, client, kStart), 5);
  EXPECT_FALSE(rates.take(Network{1}, kStart));  // seen last now
  for (std::uint64_t i = 4; i < 6; ++i)
    EXPECT_TRUE(rates.take(Network{i}, kStart));
  EXPECT_EQ(rates.clients(), 3u);
  EXPECT_FALSE(rates.take(Network{1}, kStart)) << "is remembered";
  EXPECT_TRUE(rates.take(Network{2}, kStart)) << "was forgotten";
  for (std::uint64_t i = 10; i < 10'000; ++i)
    EXPECT_TRUE(rates.take(Network{i << 20}, kStart));
  EXPECT_EQ(rates.clients(), 3u);
}

TEST(ClientRates, forget_full_buckets_as_others_come) {
  ClientRates rates(kSettings, 7);
  for (std::uint64_t i = 0; i < 50; ++i)
    EXPECT_TRUE(rates.take(Network{i}, kStart));
  EXPECT_EQ(rates.clients(), 50u);
  for (std::uint64_t i = 0; i < 50; ++i)
    EXPECT_TRUE(rates.take(Network{1000 + i}, kStart + 1s));
  EXPECT_EQ(rates.clients(), 50u) << "two went for each that came";
}

}  // namespace
}  // namespace ao::node
