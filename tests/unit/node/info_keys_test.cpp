// Orders for the node's message.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "info_keys.hpp"

#include <gtest/gtest.h>

namespace ao::node {
namespace {

using message::List;
using message::Map;
using message::Value;

std::string code_of(const Map& said) {
  const auto order = checked_order(said);
  return order ? "" : std::string(order.error().code);
}

Value kept(const char* key, Value value) {
  const auto order = checked_order(Map{{key, std::move(value)}});
  return order ? *order->find(key) : Value();
}

TEST(InfoKeys, settings_are_named_in_any_spelling) {
  for (const char* key : {"payment.price", "payment_price", "payment-price", "price", "payment",
                          "http.listen", "port", "store", "on"})
    EXPECT_EQ(code_of({{key, "1"}}), "settings-fixed") << key;
  const auto refused = checked_order(Map{{"payment_price", 1}});
  EXPECT_NE(refused.error().text.find("[payment] price"), std::string::npos);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  for (const char* key : {"region", "simple_pay_price_old", "priceless", "note"})
    EXPECT_EQ(code_of({{key, "1"}}), "") << key;
}

TEST(InfoKeys, what_the_node_says_itself_and_private_keys_are_no_orders) {
  for (const char* key : {"address", "version", "node_history", "node-history", "operator",
                          "priv_wallet", "commitments", "block-height", ""})
    EXPECT_EQ(code_of({{key, "1"}}), "info-key") << key;
  EXPECT_EQ(code_of({{std::string(129, 'a').c_str(), "1"}}), "info-key");
  EXPECT_EQ(code_of({}), "info-empty");
}

TEST(InfoKeys, a_price_is_a_whole_number) {
  EXPECT_EQ(kept("simple_pay_price", "12"), Value(12));
  EXPECT_EQ(kept("simple_pay_price", 0), Value(0));
  EXPECT_EQ(kept("simple_pay_price", std::int64_t{1'000'000'000'000}),
            Value(std::int64_t{1'000'000'000'000}));
  for (const Value& bad : {Value(-1), Value("1.5"), Value(""), Value("12 "), Value(true),
                           Value(List{1}), Value(std::int64_t{1'000'000'000'001})})
    EXPECT_EQ(code_of({{"simple_pay_price", bad}}), "info-value");
}

TEST(InfoKeys, the_allow_list_is_addresses) {
  const std::string a(43, 'A');
  const std::string b(43, 'E');
  const Value both(List{a, b});
  EXPECT_EQ(kept("faff_allow_list", both), both);
  EXPECT_EQ(kept("faff_allow_list", a + ", " + b), both);
  EXPECT_EQ(kept("faff_allow_list", ""), Value(List{}));
  for (const Value& bad :
       {Value("nobody"), Value(List{1}), Value(1), Value(a + ",,"), Value(List(1'001, a))})
    EXPECT_EQ(code_of({{"faff_allow_list", bad}}), "info-value");
}

TEST(InfoKeys, initialized_is_true_or_permanent) {
  EXPECT_EQ(kept("initialized", Value::atom("permanent")), Value("permanent"));
  EXPECT_EQ(kept("initialized", "permanent"), Value("permanent"));
  EXPECT_EQ(kept("initialized", true), Value("true"));
  EXPECT_EQ(code_of({{"initialized", false}}), "info-value");
}

TEST(InfoKeys, orders_are_merged_and_taken_away) {
  const Map before{{"a", 1}, {"b", 2}};
  const auto after = merged(before, Map{{"b", Value::atom("unset")}, {"c", 3}});
  EXPECT_EQ(*after, (Map{{"a", 1}, {"c", 3}}));
  const auto large = merged(Map{{"a", Bytes(40'000, 'x')}}, Map{{"b", Bytes(40'000, 'x')}});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, "info-size");
}

TEST(InfoKeys, terms_are_those_of_the_message_or_of_the_settings) {
  const api::PaymentTerms of_settings{10, {"A"}};
  EXPECT_EQ(terms_with(of_settings, {}).price, 10u);
  const auto terms = terms_with(of_settings, Map{{"simple_pay_price", 7}});
  EXPECT_EQ(terms.price, 7u);
  EXPECT_EQ(terms.allow, std::vector<std::string>{"A"});
  EXPECT_TRUE(terms_with(of_settings, Map{{"faff_allow_list", List{}}}).allow.empty());
}

TEST(InfoKeys, long_values_are_told_by_their_size) {
  const Map shown = shown_in_history(Map{{"a", "short"}, {"b", Bytes(1'000, 'x')}});
  EXPECT_EQ(*shown.find("a"), Value("short"));
  EXPECT_EQ(*shown.find("b"), Value("(1003 bytes)"));
}

}  // namespace
}  // namespace ao::node
