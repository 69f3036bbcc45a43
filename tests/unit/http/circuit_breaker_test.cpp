// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

using namespace std::chrono_literals;
using Time = CircuitBreaker::Time;

constexpr CircuitBreakerSettings kSettings{
    .failures_max = 3, .pause_min = 1s, .pause_max = 5s, .origins_max = 2};
constexpr double kLongest = 1.0;  // of a pause

// Fails as often as it takes to open.
void open(CircuitBreaker& breaker, Time now) {
  while (breaker.is_closed()) {
    EXPECT_TRUE(breaker.admit(now));
    breaker.failed(now, kLongest);
  }
}

TEST(CircuitBreaker, opens_after_failures_in_a_row) {
  CircuitBreaker breaker(kSettings);
  const Time now{};
  for (int i = 0; i < 2; ++i)
    breaker.failed(now, kLongest);
  breaker.succeeded();
  for (int i = 0; i < 2; ++i)
    breaker.failed(now, kLongest);
  EXPECT_TRUE(breaker.admit(now)) << "a success in between";
  breaker.failed(now, kLongest);
  EXPECT_EQ(breaker.admit(now).error(), 1s);
  EXPECT_EQ(breaker.admit(now + 400ms).error(), 600ms);
}

TEST(CircuitBreaker, lets_one_request_through_after_the_pause) {
  CircuitBreaker breaker(kSettings);
  Time now{};
  open(breaker, now);
  now += 1s;
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_GT(breaker.admit(now).error(), 0s) << "one alone";
  breaker.succeeded();
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_TRUE(breaker.admit(now));
}

TEST(CircuitBreaker, rests_longer_each_time_up_to_the_maximum) {
  CircuitBreaker breaker(kSettings);
  Time now{};
  open(breaker, now);
  for (const auto pause : {1s, 2s, 4s, 5s, 5s}) {
    EXPECT_FALSE(breaker.admit(now + pause - 1ns));
    now += pause;
    EXPECT_TRUE(breaker.admit(now));
    breaker.failed(now, kLongest);
  }
  now += 5s;
  EXPECT_TRUE(breaker.admit(now));
  breaker.succeeded();
  open(breaker, now);
  EXPECT_EQ(breaker.admit(now).error(), 1s) << "from the beginning again";
}

TEST(CircuitBreaker, draws_pauses_between_half_and_whole) {
  const Time now{};
  for (const auto& [chance, pause] : {std::pair(0.0, 500ms), std::pair(0.5, 750ms)}) {
    CircuitBreaker breaker(kSettings);
    for (int i = 0; i < 3; ++i)
      breaker.failed(now, chance);
    EXPECT_EQ(breaker.admit(now).error(), pause);
  }
}

TEST(CircuitBreaker, does_not_rest_longer_for_requests_of_before) {
  CircuitBreaker breaker(kSettings);
  const Time now{};
  open(breaker, now);
  for (int i = 0; i < 10; ++i)
    breaker.failed(now + 900ms, kLongest);
  EXPECT_TRUE(breaker.admit(now + 1s));
}

TEST(CircuitBreaker, lets_another_through_when_one_gave_up) {
  CircuitBreaker breaker(kSettings);
  const Time now{};
  open(breaker, now);
  EXPECT_TRUE(breaker.admit(now + 1s));
  breaker.gave_up();
  EXPECT_TRUE(breaker.admit(now + 1s));
}

TEST(CircuitBreakers, know_origins_apart_and_few) {
  CircuitBreakers breakers(kSettings);
  const Time now{};
  const auto fail = [&](const std::string& origin) {
    for (int i = 0; i < 3; ++i)
      breakers.failed(origin, now, kLongest);
  };
  fail("a");
  EXPECT_FALSE(breakers.admit("a", now));
  EXPECT_TRUE(breakers.admit("b", now));
  EXPECT_EQ(breakers.size(), 1u) << "one that never failed is not remembered";
  fail("b");
  fail("a");
  fail("c");
  EXPECT_EQ(breakers.size(), 2u);
  EXPECT_FALSE(breakers.admit("a", now));
  EXPECT_TRUE(breakers.admit("b", now)) << "failed least recently";
  breakers.succeeded("a");
  breakers.succeeded("nobody");
  EXPECT_EQ(breakers.size(), 1u);
  EXPECT_TRUE(breakers.admit("a", now));
}

}  // namespace
}  // namespace ao::http
