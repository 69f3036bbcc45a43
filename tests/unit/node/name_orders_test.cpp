// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "name_orders.hpp"

#include <gtest/gtest.h>

namespace ao::node {
namespace {

api::NameOrder order(std::optional<Bytes> value, std::optional<std::uint64_t> number = {}) {
  return {"shop", std::move(value), number};
}

// "new", "again" or the code of the refusal.
std::string taken(NameOrders& orders, const api::NameOrder& one) {
  // As the next start of the node has them.
  auto kept = NameOrders::read(orders.stored());
  EXPECT_TRUE(kept);
  const auto result = kept->take(one);
  if (!result) return std::string(result.error().code);
  orders = std::move(*kept);
  return *result ? "new" : "again";
}

TEST(NameOrders, an_order_counts_once_and_its_repetition_does_no_harm) {
  NameOrders orders;
  EXPECT_EQ(taken(orders, order("a")), "new");
  EXPECT_EQ(taken(orders, order("a")), "again");
  EXPECT_EQ(taken(orders, order("b")), "new");
  EXPECT_EQ(taken(orders, order("a")), "name-order-used");
  EXPECT_EQ(taken(orders, order("b")), "again");
}

TEST(NameOrders, removals_are_orders_too) {
  NameOrders orders;
  EXPECT_EQ(taken(orders, order("a")), "new");
  EXPECT_EQ(taken(orders, order(std::nullopt)), "new");
  EXPECT_EQ(taken(orders, order("a")), "name-order-used");
  EXPECT_EQ(taken(orders, order("b")), "new");
  EXPECT_EQ(taken(orders, order(std::nullopt)), "name-order-used");
  EXPECT_EQ(taken(orders, order(std::nullopt, 1)), "new");
}

TEST(NameOrders, with_numbers_a_name_goes_back_to_what_it_was) {
  NameOrders orders;
  EXPECT_EQ(taken(orders, order("a")), "new");
  EXPECT_EQ(taken(orders, order("b")), "new");
  EXPECT_EQ(taken(orders, order("a", 7)), "new");
  EXPECT_EQ(taken(orders, order("a", 7)), "again");
  EXPECT_EQ(taken(orders, order("c", 7)), "name-order-used");
  EXPECT_EQ(taken(orders, order("b", 6)), "name-order-used");
  EXPECT_EQ(taken(orders, order("b", 8)), "new");
  EXPECT_EQ(taken(orders, order("a", 7)), "name-order-used");
  EXPECT_EQ(taken(orders, order("b")), "name-order-used");
  EXPECT_EQ(taken(orders, order("z")), "name-order-used") << "one that was kept back until now";
}

TEST(NameOrders, what_a_name_stood_for_before_was_ordered_once) {
  auto orders = NameOrders::of_value("shop", "a");
  EXPECT_EQ(taken(orders, order("a")), "again");
  EXPECT_EQ(taken(orders, order("b")), "new");
  EXPECT_EQ(taken(orders, order("a")), "name-order-used");
}

TEST(NameOrders, what_is_kept_is_bounded) {
  NameOrders orders;
  for (std::size_t i = 0; i < NameOrders::kUnnumberedMax; ++i)
    ASSERT_EQ(orders.take(order("v" + std::to_string(i))).value(), true);
  EXPECT_EQ(taken(orders, order("more")), "name-orders-max");
  EXPECT_EQ(taken(orders, order("v0")), "name-order-used");
  EXPECT_GT(orders.stored().size(), NameOrders::kUnnumberedMax * 32);
  EXPECT_EQ(taken(orders, order("more", 1)), "new");
  EXPECT_LT(orders.stored().size(), 100u);
}

TEST(NameOrders, a_record_that_is_none_is_refused) {
  for (const char* value : {"", "x", "\xa0"})
    EXPECT_EQ(NameOrders::read(value).error().code,
              std::string_view(value) == "\xa0" ? "name-orders-malformed" : "cbor-malformed");
}

}  // namespace
}  // namespace ao::node
