// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/running_node.hpp"

namespace ao {
namespace {

std::string code_of(const http::Response& response) {
  return nlohmann::json::parse(response.body)["error"]["code"];
}

TEST(DoorFlow, who_sends_garbage_is_told_when_to_come_back) {
  node::Settings settings;
  settings.admission.rates = {1, 5, 8, 10};
  test::RunningNode node(settings);
  EXPECT_EQ(code_of(node.fetch("POST", "/push", "garbage")), "ans104-type");
  for (const char* target : {"/push", "/tx"}) {
    const auto refused = node.fetch("POST", target, "garbage");
    EXPECT_EQ(refused.status, 429u);
    EXPECT_EQ(code_of(refused), "client-rate");
    // Eight seconds' worth were taken out of a bucket of five: one token is there in four.
    const std::string* retry = refused.headers.find("retry-after");
    ASSERT_NE(retry, nullptr);
    EXPECT_GE(std::stoi(*retry), 2);
    EXPECT_LE(std::stoi(*retry), 4);
  }
  const std::string metrics = node.text("/metrics");
  EXPECT_NE(metrics.find("aonode_admissions_total{code=\"client-rate\"} 2\n"), std::string::npos);
  EXPECT_NE(metrics.find("aonode_admissions_total{code=\"ans104-type\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("aonode_clients_known 1\n"), std::string::npos);
}

TEST(DoorFlow, without_a_rate_nobody_is_held_back) {
  node::Settings settings;
  settings.admission.rates = {0, 1, 1'000, 1};
  test::RunningNode node(settings);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(code_of(node.fetch("POST", "/push", "garbage")), "ans104-type");
}

TEST(DoorFlow, a_queue_full_of_bytes_turns_away_what_does_not_fit) {
  node::Settings settings;
  settings.admission.verify_queue_bytes_max = 1'000;
  test::RunningNode node(settings);
  const auto process = node.spawn("");
  const auto refused = node.fetch("POST", "/push", Bytes(1'001, 'x'));
  EXPECT_EQ(refused.status, 429u);
  EXPECT_EQ(code_of(refused), "verify-queue-full");
  EXPECT_NE(refused.headers.find("retry-after"), nullptr);
  EXPECT_EQ(node.push(process, "Hi")["slot"], 1);
  const std::string metrics = node.text("/metrics");
  EXPECT_NE(metrics.find("aonode_admissions_total{code=\"verify-queue-full\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("aonode_admissions_total{code=\"admitted\"} 2\n"), std::string::npos);
  EXPECT_NE(metrics.find("aonode_verify_queue_messages 0\n"), std::string::npos);
  EXPECT_NE(metrics.find("aonode_verify_queue_bytes 0\n"), std::string::npos);
  EXPECT_NE(metrics.find("aonode_verify_queue_bytes_max 1000\n"), std::string::npos);
}

}  // namespace
}  // namespace ao
