// The node's message, changed by its operator.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "counter.hpp"
#include "signed_fetch.hpp"
#include "signed_post.hpp"

namespace ao {
namespace {

using message::Atom;
using message::List;
using message::Map;
using message::Value;
using nlohmann::json;
using test::code_of;

const std::string kInfo = "/~meta@1.0/info";

class MetaFlow : public testing::Test {
 protected:
  http::Response order(Map said) {
    return send_post(node_, kInfo, signed_post(*node_.key(), kInfo, std::move(said)));
  }

  void expect_refused(Map said, const std::string& code) {
    const auto answer = order(std::move(said));
    EXPECT_EQ(code_of(answer), code) << answer.body;
  }

  json info() { return node_.get(kInfo); }

  std::size_t updates() {
    const json shown = info();
    return shown.contains("node_history") ? shown["node_history"].size() : 0;
  }

  test::RunningNode node_;
};

// D3
TEST_F(MetaFlow, the_operator_says_what_info_shows_and_it_lasts) {
  const auto answer = order({{"region", "north"}, {"shift", 3}});
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["history-length"], 1);
  node_.restart();
  EXPECT_EQ(info()["region"], "north");
  EXPECT_EQ(info()["shift"], 3);
  EXPECT_EQ(node_.text(kInfo + "/region"), "north");
  EXPECT_EQ(info()["address"], node_.address().text);
  const json entry = info()["node_history"][0];
  EXPECT_EQ(entry["by"], node_.address().text);
  EXPECT_EQ(entry["changes"]["region"], "north");
  EXPECT_EQ(entry["commitment"].get<std::string>().size(), 43u);
  EXPECT_GT(entry["at"], 0);

  order({{"region", Value::atom("unset")}});
  EXPECT_FALSE(info().contains("region"));
  EXPECT_EQ(updates(), 2u);
}

TEST_F(MetaFlow, an_order_in_json_says_the_same) {
  const Map said{{"body", R"({"region": "south", "shift": 4})"},
                 {"content-type", "application/json"}};
  const auto answer = order(said);
  EXPECT_EQ(answer.status, 200u) << answer.body;
  EXPECT_EQ(info()["region"], "south");
  EXPECT_EQ(info()["shift"], 4);
}

// D2
TEST_F(MetaFlow, nobody_else_says_anything) {
  const auto stranger = signed_post(node_.client(), kInfo, {{"region", "mine"}});
  EXPECT_EQ(send_post(node_, kInfo, stranger).status, 403u);
  EXPECT_EQ(code_of(send_post(node_, kInfo, stranger)), "settings-denied");
  EXPECT_EQ(node_.fetch("POST", kInfo, R"({"region": "mine"})").status, 403u);
  EXPECT_EQ(node_.fetch("POST", kInfo).status, 403u);
  EXPECT_FALSE(info().contains("region"));
  EXPECT_EQ(updates(), 0u);
}

// D8
TEST_F(MetaFlow, the_operators_key_with_another_signature_is_refused) {
  auto post = signed_post(node_.client(), kInfo, {{"region", "mine"}});
  std::string input = *post.headers.find("signature-input");
  const std::string theirs = base64(node_.client().public_key());
  input.replace(input.find(theirs), theirs.size(), base64(node_.key()->public_key()));
  post.headers.set("signature-input", input);
  EXPECT_EQ(code_of(send_post(node_, kInfo, post)), "signature-mismatch");
  EXPECT_EQ(updates(), 0u);
}

TEST_F(MetaFlow, a_changed_order_or_one_for_another_path_is_refused) {
  auto changed = signed_post(*node_.key(), kInfo, {{"region", "north"}});
  changed.headers.set("region", "mine");
  EXPECT_EQ(code_of(send_post(node_, kInfo, changed)), "signature-mismatch");
  const auto elsewhere = signed_post(*node_.key(), "/~meta@1.0/build", {{"region", "mine"}});
  EXPECT_EQ(code_of(send_post(node_, kInfo, elsewhere)), "settings-denied");
  // What nobody signed is not said.
  auto more = signed_post(*node_.key(), kInfo, {{"region", "north"}});
  more.headers.set("owner-name", "mine");
  EXPECT_EQ(send_post(node_, kInfo, more).status, 200u);
  EXPECT_FALSE(info().contains("owner-name"));
  EXPECT_EQ(code_of(send_post(node_, kInfo + "?shift=2", more)), "settings-denied");
  EXPECT_EQ(updates(), 1u);
}

// The key of the node signs items of processes too: none of them is an order.
TEST_F(MetaFlow, an_item_of_the_node_is_no_order) {
  message::Draft draft;
  draft.tags = {{"region", "mine"}, {"path", kInfo}};
  const auto item = test::sign(draft, *node_.key());
  http::Headers headers;
  headers.add("content-type", "application/ans104");
  EXPECT_EQ(code_of(node_.fetch("POST", kInfo, Bytes(item.bytes()), headers)), "settings-denied");
  EXPECT_EQ(updates(), 0u);
}

// Two signers say together only what both cover.
TEST_F(MetaFlow, a_second_signer_takes_nothing_out_of_an_order) {
  const SignedPost post = signed_twice(
      codec::commit({{"path", kInfo}, {"region", "north"}, {"shift", 3}}, *node_.key()),
      codec::commit({{"path", kInfo}, {"shift", 3}}, node_.client()));
  EXPECT_EQ(code_of(send_post(node_, kInfo, post)), "signers-many");
  EXPECT_EQ(updates(), 0u);
}

TEST_F(MetaFlow, an_order_counts_once) {
  const auto first = signed_post(*node_.key(), kInfo, {{"region", "north"}});
  EXPECT_EQ(send_post(node_, kInfo, first).status, 200u);
  order({{"region", "south"}});
  node_.restart();
  const auto again = send_post(node_, kInfo, first);
  EXPECT_EQ(again.status, 200u) << again.body;
  EXPECT_EQ(json::parse(again.body)["history-length"], 2);
  EXPECT_EQ(info()["region"], "south");
  EXPECT_EQ(updates(), 2u);
}

TEST_F(MetaFlow, settings_stay_in_their_file) {
  for (const char* key : {"http_listen", "node-key_file", "listen", "port", "cache_writers",
                          "payment.price", "bytes_max", "routes"})
    expect_refused({{key, "x"}}, "settings-fixed");
  const auto answer = order({{"port", 1}});
  EXPECT_EQ(answer.status, 403u);
  EXPECT_NE(answer.body.find("[http] listen"), answer.body.npos) << answer.body;
  EXPECT_NE(answer.body.find("settings file"), answer.body.npos) << answer.body;
  for (const char* key : {"address", "operator", "node_history", "version", "data"})
    expect_refused({{key, "x"}}, "info-key");
  expect_refused({}, "info-empty");
  expect_refused({{"note", std::string(70'000, 'x')}}, "info-size");
  expect_refused({{"initialized", "false"}}, "info-value");
  // All or nothing.
  expect_refused({{"region", "north"}, {"version", "2"}}, "info-key");
  EXPECT_FALSE(info().contains("region"));
  EXPECT_EQ(updates(), 0u);
}

TEST_F(MetaFlow, private_keys_are_never_shown) {
  const Map said{{"body", R"({"region": "north", "priv_token": "secret"})"},
                 {"content-type", "application/json"}};
  expect_refused(said, "info-key");
  order({{"region", "north"}, {"priv_token", "secret"}});
  EXPECT_EQ(node_.fetch("GET", kInfo).body.find("secret"), std::string::npos);
}

// D5
TEST_F(MetaFlow, what_is_permanent_is_changed_by_nobody) {
  EXPECT_EQ(order({{"initialized", "permanent"}}).status, 200u);
  expect_refused({{"region", "north"}}, "info-permanent");
  node_.restart();
  expect_refused({{"region", "north"}}, "info-permanent");
  EXPECT_EQ(updates(), 1u);
}

TEST_F(MetaFlow, the_history_is_bounded) {
  for (int i = 0; i < 105; ++i)
    order({{"count", i}});
  const json history = info()["node_history"];
  ASSERT_EQ(history.size(), 100u);
  EXPECT_EQ(history[0]["number"], 6);
  EXPECT_EQ(history[99]["changes"]["count"], 104);
  order({{"note", std::string(3'000, 'x')}});
  EXPECT_EQ(info()["node_history"][99]["changes"]["note"], "(3003 bytes)");
}

// ---- what takes effect ------------------------------------------------------------------------

class PricedMetaFlow : public testing::Test {
 protected:
  static node::Settings settings(const std::string& pricing) {
    node::Settings settings;
    settings.gate.payment.pricing = pricing;
    settings.gate.payment.price = 10;
    settings.gate.payment.allow = {std::string(43, 'A')};
    api::Hook hook;
    hook.device = "p4@1.0";
    settings.gate.hooks = {hook};
    return settings;
  }

  static http::Response order(test::RunningNode& node, Map said) {
    return send_post(node, kInfo, signed_post(*node.key(), kInfo, std::move(said)));
  }

  static unsigned price_of(test::RunningNode& node) {
    const auto answer = node.fetch("GET", "/~message@1.0&a=b/a");
    return answer.status == 402 ? json::parse(answer.body)["error"]["price"].get<unsigned>() : 0;
  }
};

TEST_F(PricedMetaFlow, the_price_changes_while_the_node_runs) {
  test::RunningNode node(settings("simple-pay@1.0"));
  EXPECT_EQ(price_of(node), 20u);
  EXPECT_EQ(order(node, {{"simple_pay_price", 7}}).status, 200u);
  EXPECT_EQ(price_of(node), 14u);
  node.restart();
  EXPECT_EQ(price_of(node), 14u);
  EXPECT_EQ(node.get(kInfo)["simple_pay_price"], 7);
  EXPECT_EQ(order(node, {{"simple_pay_price", "0"}}).status, 200u);
  EXPECT_EQ(price_of(node), 0u);
  for (const Value& bad : {Value("-1"), Value("ten"), Value(-1), Value("1000000000001")})
    EXPECT_EQ(code_of(order(node, {{"simple_pay_price", bad}})), "info-value");
  EXPECT_EQ(order(node, {{"simple_pay_price", Value::atom("unset")}}).status, 200u);
  EXPECT_EQ(price_of(node), 20u) << "that of the settings";
}

TEST_F(PricedMetaFlow, the_list_of_who_is_served_changes_while_the_node_runs) {
  test::RunningNode node(settings("faff@1.0"));
  const std::string target = "/~message@1.0&a=b/a";
  EXPECT_EQ(code_of(signed_fetch(node, node.client(), "GET", target)), "payer-not-allowed");
  const List allowed{node.client().address().text};
  EXPECT_EQ(order(node, {{"faff_allow_list", allowed}}).status, 200u);
  EXPECT_EQ(signed_fetch(node, node.client(), "GET", target).status, 200u);
  node.restart();
  EXPECT_EQ(signed_fetch(node, node.client(), "GET", target).status, 200u);
  EXPECT_EQ(code_of(order(node, {{"faff_allow_list", "nobody"}})), "info-value");
  const std::string two = std::string(43, 'A') + ", " + std::string(43, 'E');
  EXPECT_EQ(order(node, {{"faff_allow_list", two}}).status, 200u);
  EXPECT_EQ(code_of(signed_fetch(node, node.client(), "GET", target)), "payer-not-allowed");
}

}  // namespace
}  // namespace ao
