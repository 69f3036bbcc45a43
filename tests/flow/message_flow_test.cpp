// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/running_node.hpp"

namespace ao {
namespace {

using nlohmann::json;

constexpr const char* kCounter = R"(
count = count or 0
Handlers.add("add", "Add", function(msg)
  count = count + tonumber(msg.Data)
  Send({ device = "patch@1.0", count = count })
  msg.reply({ Action = "Added", Data = tostring(count) })
end)
Handlers.add("fail", "Fail", function(msg)
  count = -1000000
  Send({ Target = msg.From, Data = "must not leave" })
  error("on purpose")
end)
Handlers.add("spin", "Spin", function() count = -1 while true do end end)
Handlers.add("bomb", "Bomb", function() count = -1 string.rep(string.rep("x", 1 << 20), 1 << 8) end)
)";

TEST(MessageFlow, a_signed_message_goes_in_and_a_handlers_result_comes_out) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const json answer = node.push(process, "Add", "5");
  EXPECT_EQ(answer["slot"], 1) << answer;
  ASSERT_EQ(answer["raw"]["Messages"].size(), 1u) << answer;
  EXPECT_EQ(answer["raw"]["Messages"][0]["Data"], "5");
  EXPECT_EQ(answer["raw"]["Messages"][0]["Target"], node.client().address().text);
  EXPECT_FALSE(answer["raw"].contains("Error")) << answer;
  EXPECT_EQ(node.text("/" + process.text() + "~process@1.0/now/count"), "5");
  EXPECT_EQ(node.text("/" + process.text() + "/slot/current"), "1");
}

TEST(MessageFlow, the_same_message_again_gets_the_same_slot) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const auto item = test::sign(test::message_draft(process, "Add", "7"), node.client());
  const json first = node.push_item(process, item.bytes());
  const json again = node.push_item(process, item.bytes());
  EXPECT_EQ(first["slot"], again["slot"]);
  node.restart();
  EXPECT_EQ(node.push_item(process, item.bytes())["slot"], first["slot"]);
  EXPECT_EQ(node.text("/" + process.text() + "~process@1.0/now/count"), "7");
}

TEST(MessageFlow, state_survives_a_restart_by_replay) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  for (int i = 0; i < 20; ++i)
    node.push(process, i % 3 == 2 ? "Fail" : "Add", "1");
  const json before = node.get("/" + process.text() + "~process@1.0/compute/results=20");
  node.restart();
  const json after = node.push(process, "Add", "1");
  EXPECT_EQ(after["raw"]["Messages"][0]["Data"], "15") << after;
  EXPECT_EQ(node.get("/" + process.text() + "~process@1.0/compute/results=20"), before);
  EXPECT_NE(node.text("/metrics").find("aonode_replay_divergences_total 0"), std::string::npos);
}

TEST(MessageFlow, a_message_that_fails_costs_its_own_slot_and_nothing_else) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  node.push(process, "Add", "3");
  const std::pair<const char*, const char*> failures[] = {
      {"Fail", "on purpose"}, {"Spin", "out of gas"}, {"Bomb", "out of memory"}};
  for (const auto& [action, reason] : failures) {
    const json failed = node.push(process, action);
    ASSERT_TRUE(failed["raw"].contains("Error")) << action << failed;
    const std::string error = failed["raw"]["Error"];
    EXPECT_NE(error.find(reason), std::string::npos) << error;
    EXPECT_TRUE(failed["raw"]["Messages"].empty()) << failed;
  }
  const json next = node.push(process, "Add", "1");
  EXPECT_EQ(next["raw"]["Messages"][0]["Data"], "4") << next;
}

TEST(MessageFlow, a_module_that_does_not_load_answers_every_slot_with_why) {
  test::RunningNode node;
  const auto process = node.spawn("local x = = 3");
  const json answer = node.push(process, "Anything");
  const std::string error = answer["raw"]["Error"];
  EXPECT_NE(error.find("test.lua:1:"), std::string::npos) << error;
}

TEST(MessageFlow, a_dry_run_answers_and_changes_nothing) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  node.push(process, "Add", "3");
  auto draft = test::message_draft(process, "Add", "10");
  http::Headers headers;
  headers.set("content-type", "application/ans104");
  const auto answer =
      node.fetch("POST", "/" + process.text() + "~process@1.0/as=execution/compute&Note=dry",
                 test::sign(draft, node.client()).bytes(), headers);
  const json results = json::parse(answer.body);
  EXPECT_EQ(results["raw"]["Messages"][0]["Data"], "13") << results;
  EXPECT_EQ(node.text("/" + process.text() + "/slot/current"), "1");
  EXPECT_EQ(node.push(process, "Add", "1")["raw"]["Messages"][0]["Data"], "4");
}

TEST(MessageFlow, reads_name_what_is_missing) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const std::string nobody(43, 'A');
  const std::pair<std::string, std::string> cases[] = {
      {"/" + nobody + "/slot/current", "process-unknown"},
      {"/" + process.text() + "~process@1.0/compute/results=9", "slot-unknown"},
      {"/" + process.text() + "~process@1.0/compute/results=x", "slot-malformed"},
      {"/" + process.text() + "~process@1.0/now/nothing/here", "state-absent"},
      {"/no/such/route", "key-absent"}};
  for (const auto& [target, code] : cases) {
    const auto response = node.fetch("GET", target);
    EXPECT_GE(response.status, 400u) << target;
    EXPECT_EQ(json::parse(response.body)["error"]["code"], code) << response.body;
  }
}

TEST(MessageFlow, hostile_submissions_are_refused_with_their_reason) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const auto item = test::sign(test::message_draft(process, "Add", "1"), node.client());
  Bytes forged = item.bytes();
  forged.back() = static_cast<char>(forged.back() ^ 1);
  EXPECT_EQ(node.push_item(process, forged)["error"]["code"], "signature-mismatch");
  EXPECT_EQ(node.push_item(process, "[object Object]")["error"]["code"], "ans104-type");
  const auto other = *ProcessId::from_bytes(Bytes(32, 'o'));
  EXPECT_EQ(node.push_item(other, item.bytes())["error"]["code"], "target-mismatch");
  const auto unknown = test::sign(test::message_draft(other, "Add"), node.client());
  EXPECT_EQ(node.push_item(other, unknown.bytes())["error"]["code"], "process-unknown");
  const auto spawn =
      test::sign(test::spawn_draft(std::string(43, 'A'), node.address()), node.client());
  const auto refused = node.fetch("POST", "/push", spawn.bytes());
  EXPECT_EQ(json::parse(refused.body)["error"]["code"], "module-unknown");
  EXPECT_EQ(node.text("/" + process.text() + "/slot/current"), "0");
}

TEST(MessageFlow, every_answer_lets_any_browser_read_it) {
  test::RunningNode node;
  for (const char* target : {"/~meta@1.0/info/address", "/nothing", "/healthz"}) {
    const auto response = node.fetch("GET", target);
    ASSERT_NE(response.headers.find("access-control-allow-origin"), nullptr);
    EXPECT_EQ(*response.headers.find("access-control-allow-origin"), "*");
  }
  EXPECT_EQ(node.fetch("OPTIONS", "/push").status, 204u);
  EXPECT_EQ(node.text("/~meta@1.0/info/address"), node.address().text);
}

}  // namespace
}  // namespace ao
