// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/purse.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ao::settlement {
namespace {

constexpr std::uint64_t kDay = 24 * 3'600'000;
constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

class PurseTest : public testing::Test {
 protected:
  Timestamp at(std::uint64_t milliseconds) const { return {start_ + milliseconds}; }

  std::string_view refusal(std::uint64_t price, std::uint64_t balance = 1'000'000,
                           std::uint64_t owed = 0, std::uint64_t when = 0) const {
    const auto may = purse_.may_pay(price, balance, owed, at(when));
    return may ? std::string_view() : may.error().code;
  }

  Payment pay(std::uint64_t reward, std::uint64_t when, char name = 'a') {
    const Payment payment{at(when), *MessageId::from_bytes(Bytes(32, name)), reward};
    purse_.pay(payment);
    return payment;
  }

  const std::uint64_t start_ = 1'700'000'000'000;
  Purse purse_{{.a_day = 1'000, .of_one = 600}};
};

TEST_F(PurseTest, each_limit_is_one_to_the_last_winston) {
  EXPECT_EQ(refusal(600), "");
  EXPECT_EQ(refusal(601), "price-limit");
  pay(500, 0);
  EXPECT_EQ(refusal(500), "");
  EXPECT_EQ(refusal(501), "spend-limit");
  EXPECT_EQ(refusal(500, 500), "");
  EXPECT_EQ(refusal(500, 499), "balance-low");
  EXPECT_EQ(refusal(500, 600, 100), "");
  EXPECT_EQ(refusal(500, 599, 100), "balance-low");
}

TEST_F(PurseTest, no_amount_is_so_large_that_it_seems_small) {
  EXPECT_EQ(sum_of(kMost, 1), kMost);
  EXPECT_EQ(refusal(500, kMost, kMost), "");
  EXPECT_EQ(refusal(500, kMost - 1, kMost), "balance-low");
  const Purse free({.a_day = kMost - 1, .of_one = 0});
  EXPECT_FALSE(free.may_pay(kMost, kMost, 0, at(0)));
  EXPECT_TRUE(free.may_pay(kMost - 1, kMost, 0, at(0)));
}

TEST_F(PurseTest, what_was_spent_counts_for_a_day) {
  pay(400, 0, 'a');
  pay(300, kDay / 2, 'b');
  EXPECT_EQ(purse_.spent(at(kDay)), 700u);
  EXPECT_EQ(purse_.spent(at(kDay + 1)), 300u);
  EXPECT_EQ(purse_.spent(at(2 * kDay)), 0u);
  EXPECT_EQ(purse_.spent(at(0)), 700u) << "a clock that was set back frees nothing";
  EXPECT_TRUE(purse_.expired(at(kDay)).empty());
  const auto old = purse_.expired(at(kDay + 1));
  ASSERT_EQ(old.size(), 1u);
  EXPECT_EQ(old.front().reward, 400u);
  EXPECT_TRUE(purse_.expired(at(kDay + 1)).empty());
}

TEST_F(PurseTest, what_nobody_has_is_not_spent) {
  const Payment payment = pay(400, 0, 'a');
  pay(300, 0, 'b');
  purse_.take_back(payment);
  EXPECT_EQ(purse_.spent(at(0)), 300u);
}

}  // namespace
}  // namespace ao::settlement
