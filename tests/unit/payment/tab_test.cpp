// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/payment/tab.hpp"

#include <gtest/gtest.h>

namespace ao::payment {
namespace {

Charge charge(std::uint64_t quantity, char reference) {
  return {Address{"alice"}, quantity, *MessageId::from_bytes(Bytes(32, reference))};
}

std::string held(Tab& tab, const Charge& one, std::uint64_t balance, std::uint64_t evaluated) {
  const auto result = tab.hold(one, balance, Slot{evaluated});
  return result ? "held" : std::string(result.error().code);
}

TEST(Tab, what_is_held_together_is_never_more_than_the_balance) {
  Tab tab;
  EXPECT_EQ(held(tab, charge(30, 'a'), 50, 1), "held");
  EXPECT_EQ(held(tab, charge(21, 'b'), 50, 1), "account-low");
  EXPECT_EQ(held(tab, charge(20, 'b'), 50, 1), "held");
  EXPECT_EQ(held(tab, charge(1, 'c'), 50, 1), "account-low");
  tab.close(charge(30, 'a'));
  EXPECT_EQ(held(tab, charge(30, 'c'), 50, 1), "held");
}

TEST(Tab, a_charge_counts_until_the_balance_is_without_it) {
  Tab tab;
  EXPECT_EQ(held(tab, charge(30, 'a'), 50, 5), "held");
  tab.send(charge(30, 'a'));
  tab.place(charge(30, 'a'), Slot{5});
  EXPECT_EQ(held(tab, charge(30, 'b'), 50, 5), "account-low") << "slot 5 is not evaluated";
  EXPECT_EQ(held(tab, charge(20, 'b'), 20, 6), "held") << "it is, and 30 are gone";
}

TEST(Tab, a_balance_that_others_made_smaller_than_what_is_held_is_nothing) {
  Tab tab;
  EXPECT_EQ(held(tab, charge(30, 'a'), 50, 1), "held");
  EXPECT_EQ(held(tab, charge(1, 'b'), 10, 1), "account-low");
}

TEST(Tab, a_reference_pays_for_one_request_at_a_time) {
  Tab tab;
  EXPECT_EQ(held(tab, charge(1, 'a'), 50, 1), "held");
  EXPECT_EQ(held(tab, charge(1, 'a'), 50, 1), "payment-pending");
  tab.send(charge(1, 'a'));
  tab.place(charge(1, 'a'), Slot{1});
  tab.settle(charge(1, 'a'));
  EXPECT_EQ(held(tab, charge(1, 'a'), 49, 2), "payment-pending") << "it may be returned";
  tab.close(charge(1, 'a'));
  EXPECT_EQ(held(tab, charge(1, 'a'), 49, 2), "held");
}

TEST(Tab, knows_when_more_will_be_known) {
  Tab tab;
  EXPECT_EQ(held(tab, charge(1, 'a'), 50, 1), "held");
  EXPECT_FALSE(tab.is_settling(Address{"alice"}));
  tab.send(charge(1, 'a'));
  EXPECT_TRUE(tab.is_settling(Address{"alice"}));
  EXPECT_FALSE(tab.is_settling(Address{"bob"}));
  tab.settle(charge(1, 'a'));
  EXPECT_FALSE(tab.is_settling(Address{"alice"}));
  tab.close(charge(1, 'a'));
  EXPECT_EQ(tab.accounts(), 0u);
}

}  // namespace
}  // namespace ao::payment
