// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/delivery/backoff.hpp"

#include <gtest/gtest.h>

namespace ao::delivery {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, pauses_double_up_to_the_longest_and_begin_anew_after_a_success) {
  Backoff backoff;
  EXPECT_EQ(backoff.failed(125), 250ms);
  EXPECT_EQ(backoff.failed(250), 500ms);
  EXPECT_EQ(backoff.failed(500), 1'000ms);
  for (int i = 0; i < 100; ++i)
    EXPECT_LE(backoff.failed(15'000), Backoff::kLongest);
  EXPECT_EQ(backoff.failed(15'000), Backoff::kLongest);
  backoff.succeeded();
  EXPECT_EQ(backoff.failed(125), 250ms);
}

TEST(Backoff, pauses_are_spread_over_the_upper_half) {
  std::chrono::milliseconds least = 1h, most = 0ms;
  for (std::uint64_t random = 0; random < 10'000; ++random) {
    Backoff backoff;
    const auto pause = backoff.failed(random);
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  EXPECT_EQ(least, 125ms);
  EXPECT_EQ(most, 250ms);
}

}  // namespace
}  // namespace ao::delivery
