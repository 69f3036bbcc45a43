// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "paying.hpp"

#include <gtest/gtest.h>

#include "ao/crypto/digest.hpp"
#include "hooks.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Value;

bool is_free(const std::string& pattern, const std::string& target,
             const std::string& method = "GET", const Map& said = {}) {
  Asked asked;
  asked.request.method = method;
  asked.path = Path::parse(target).value();
  Visitor visitor;
  visitor.said = said;
  return FreeRoutes({pattern}).contain(asked, visitor);
}

TEST(FreeRoutes, are_compared_step_by_step) {
  EXPECT_TRUE(is_free("/~p4@1.0/balance", "/~p4@1.0/balance"));
  EXPECT_TRUE(is_free("/~p4@1.0/balance", "/~p4@1.0/balance&address=x?y=z"));
  EXPECT_TRUE(is_free("/~p4@1.0/balance", "/%7Ep4@1.0/balance") ==
              (Path::parse("/%7Ep4@1.0/balance")->steps[0].device == "p4@1.0"));
  EXPECT_FALSE(is_free("/~p4@1.0/balance", "/~p4@1.0/balance/more"));
  EXPECT_FALSE(is_free("/~p4@1.0/balance", "/~p4@1.0"));
  EXPECT_FALSE(is_free("/~p4@1.0/balance", "/x~p4@1.0/balance"));
  EXPECT_FALSE(is_free("/~p4@1.0/balance", "/~p4@1.0/balance~message@1.0"));
  EXPECT_TRUE(is_free("/~meta@1.0/*", "/~meta@1.0/info/address/~json@1.0/serialize"));
  EXPECT_FALSE(is_free("/~meta@1.0/*", "/~meta@1.0/info~process@1.0/now"));
  EXPECT_TRUE(is_free("/*~process@1.0/now/*", "/" + std::string(43, 'A') + "~process@1.0/now/k"));
  EXPECT_FALSE(is_free("/*~process@1.0/now/*", "/" + std::string(43, 'A') + "~process@1.0/push"));
}

TEST(FreeRoutes, may_be_of_one_method) {
  EXPECT_TRUE(is_free("GET /*", "/~message@1.0&a=(/b/c)/a"));
  EXPECT_TRUE(is_free("GET /*", "/a", "HEAD"));
  EXPECT_FALSE(is_free("GET /*", "/a", "POST"));
  EXPECT_FALSE(FreeRoutes::parse("GET").has_value());
  EXPECT_FALSE(FreeRoutes::parse("GET/a").has_value());
}

TEST(FreeRoutes, hide_no_paths_that_cost_something) {
  EXPECT_FALSE(is_free("/~meta@1.0/*", "/~meta@1.0/info&a=(/PID/now)"));
  EXPECT_FALSE(is_free("/~meta@1.0/*", "/~meta@1.0/(/PID/now)"));
  EXPECT_FALSE(is_free("/~meta@1.0/*", "/~meta@1.0/info?a+resolve=/PID/now"));
  EXPECT_FALSE(is_free("/~meta@1.0/*", "/~meta@1.0/info?a=(/PID/now)"));
  EXPECT_FALSE(is_free("/~meta@1.0/*", "/~meta@1.0/info", "POST", Map{{"a+resolve", "/PID/now"}}));
}

TEST(Hooks, change_keys_and_neither_paths_nor_devices) {
  auto calls = calls_of(Path::parse("/a/b&k=v~x").value()).value();
  ASSERT_EQ(calls.size(), 3u);
  const List messages = {Map{{"added", "value"}, {"path", "other"}}, List(),
                         Map{{"device", "other@1.0"}, {"K", "changed"}}};
  ASSERT_TRUE(put_messages(messages, calls));
  EXPECT_EQ(std::get<Value>(*calls[0].find("added")), Value("value"));
  EXPECT_EQ(calls[0].path, "");
  EXPECT_EQ(calls[1].path, "a");
  EXPECT_TRUE(calls[1].arguments.empty());
  EXPECT_EQ(std::get<Value>(*calls[2].find("k")), Value("changed"));
  EXPECT_EQ(put_messages({Map{}}, calls).error().code, "hook-malformed");
  EXPECT_EQ(put_messages({Map{}, Map{}, "text"}, calls).error().code, "hook-malformed");
}

TEST(Hooks, leave_what_they_were_not_shown) {
  auto calls = calls_of(Path::parse("/~message@1.0&a=(/b/c)&k=v/a").value()).value();
  calls[0].arguments.emplace_back("large", Value(Bytes(20'000, 'x')));
  ASSERT_TRUE(put_messages({Map{}, Map{}}, calls));
  EXPECT_NE(calls[0].find("a"), nullptr);
  EXPECT_NE(calls[0].find("large"), nullptr);
  EXPECT_EQ(calls[0].find("k"), nullptr);
}

TEST(Hooks, say_a_status_as_a_number_or_a_text) {
  EXPECT_EQ(status_in(Map{{"status", 403}}), 403u);
  EXPECT_EQ(status_in(Map{{"status", "403"}}), 403u);
  EXPECT_EQ(status_in(Map{{"status", "99"}}), std::nullopt);
  EXPECT_EQ(status_in(Map{{"status", "no"}}), std::nullopt);
  EXPECT_EQ(status_in("403"), std::nullopt);
}

}  // namespace
}  // namespace ao::api
