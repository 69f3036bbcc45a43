// Submissions that await their result.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "counter.hpp"
#include "unit/http/running_server.hpp"

namespace ao {
namespace {

using test::code_of;
using test::kCounter;
using test::metric;

Bytes item_for(test::RunningNode& node, const ProcessId& process, const std::string& action,
               const std::string& data = "") {
  return Bytes(test::sign(test::message_draft(process, action, data), node.client()).bytes());
}

nlohmann::json json_of(const http::Response& response) {
  return nlohmann::json::parse(response.body);
}

TEST(AwaitFlow, a_schedule_answers_with_the_result_that_it_awaits) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const auto path = "/" + process.text() + "~process@1.0/schedule?await=result&timeout=60";
  const auto answer = node.fetch("POST", path, item_for(node, process, "Add"));
  EXPECT_EQ(answer.status, 200u) << answer.body;
  const auto said = json_of(answer);
  EXPECT_EQ(said["slot"], 1);
  EXPECT_EQ(said["process"], process.text());
  EXPECT_TRUE(said.contains("output"));
  EXPECT_EQ(said["raw"]["Messages"], nlohmann::json::array());
}

TEST(AwaitFlow, a_message_for_the_legacy_units_does_too) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const auto answer =
      node.fetch("POST", "/?await=result&timeout=60", item_for(node, process, "Add"));
  EXPECT_EQ(answer.status, 200u) << answer.body;
  const auto said = json_of(answer);
  EXPECT_EQ(said["slot"], 1);
  EXPECT_EQ(said["process"], process.text());
  EXPECT_EQ(said["result"]["Messages"], nlohmann::json::array());
  EXPECT_EQ(node.fetch("POST", "/", item_for(node, process, "Add", "2")).status, 202u);
}

TEST(AwaitFlow, what_takes_longer_is_told_where_the_result_will_be) {
  test::RunningNode node;
  const auto process = node.spawn(kCounter);
  const auto answer =
      node.fetch("POST", "/schedule?await=result&timeout=0", item_for(node, process, "Spin"));
  EXPECT_EQ(answer.status, 202u);
  const auto said = json_of(answer);
  EXPECT_EQ(said["status"], "pending");
  EXPECT_EQ(said["slot"], 1);
  ASSERT_NE(answer.headers.find("location"), nullptr);
  EXPECT_EQ(*answer.headers.find("location"), said["result-at"]);
  const auto result = node.get(said["result-at"]);
  EXPECT_NE(result["error"].get<std::string>().find("gas"), std::string::npos) << result;
  EXPECT_NE(node.text(said["events-at"]).find("event: end\n"), std::string::npos);
}

TEST(AwaitFlow, what_cannot_be_awaited_is_refused_before_anything_is_scheduled) {
  test::RunningNode node;
  node.settings().events.await_max = std::chrono::seconds(5);
  node.restart();
  const auto process = node.spawn(kCounter);
  const auto path = "/" + process.text() + "/push";
  const auto item = item_for(node, process, "Add");
  EXPECT_EQ(code_of(node.fetch("POST", path + "?await=delivery", item)), "await-unknown");
  EXPECT_EQ(code_of(node.fetch("POST", path + "?await=result&timeout=2s", item)),
            "timeout-malformed");
  const auto refused = node.fetch("POST", "/?await=result&timeout=6", item);
  EXPECT_EQ(refused.status, 400u);
  EXPECT_EQ(code_of(refused), "timeout-range");
  EXPECT_NE(refused.body.find("5000"), std::string::npos) << refused.body;
  EXPECT_EQ(node.text("/" + process.text() + "/slot/current"), "0");
}

TEST(AwaitFlow, a_client_that_hangs_up_waits_no_longer) {
  test::RunningNode node;
  node.settings().lua.gas_per_message = 800'000'000;  // so that a spin outlasts the client
  node.settings().http.push_wait = std::chrono::milliseconds(1);
  node.restart();
  const auto process = node.spawn(kCounter);
  const auto item = item_for(node, process, "Spin");
  {
    http::RawPeer peer(node.port());
    peer.say("POST /schedule?await=result&timeout=120 HTTP/1.1\r\nHost: a\r\nContent-Length: " +
             std::to_string(item.size()) + "\r\n\r\n" + item);
    for (int i = 0; i < 500 && metric(node, "aonode_event_followers") != "1"; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(metric(node, "aonode_event_followers"), "1");
  }
  for (int i = 0; i < 500 && metric(node, "aonode_event_followers") != "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(metric(node, "aonode_event_followers"), "0");
  const auto result = node.fetch("GET", "/" + process.text() + "~process@1.0/compute/results=1");
  EXPECT_EQ(code_of(result), "outcome-pending") << "it hung up while the slot was evaluated";
}

}  // namespace
}  // namespace ao
