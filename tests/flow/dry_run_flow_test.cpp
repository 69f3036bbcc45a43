// Dry runs: on an idle process, beside a busy one, and after past slots.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "counter.hpp"
#include "worker_processes.hpp"

namespace ao {
namespace {

using test::code_of;
using test::metric;

// Two counters, in step between messages and out of step in the middle of one.
constexpr const char* kSteps = R"(
left, right = left or 0, right or 0
Handlers.add("step", "Step", function(msg)
  left = left + 1
  local sum = 0
  for i = 1, tonumber(msg.Data) do sum = sum + i % 7 end
  right = right + 1
  Send({ device = "patch@1.0", left = left })
end)
Handlers.add("ask", "Ask", function(msg)
  Send({ Target = msg.From, Data = left .. " " .. right .. " " .. (msg.Tags.Note or "") })
  left = left + 1000
end))";

constexpr const char* kLong = "300000";  // a step of some million gas
constexpr const char* kShort = "10";

struct Answer {
  unsigned status = 0;
  std::int64_t slot = -1;  // after which it is
  std::string data;
  std::string body;
};

Answer ask(test::RunningNode& node, const ProcessId& process, const std::string& where = "") {
  http::Headers headers;
  headers.set("content-type", "application/ans104");
  const auto item = test::sign(test::message_draft(process, "Ask"), node.client());
  const auto response =
      node.fetch("POST", "/" + process.text() + "~process@1.0/as=execution/compute" + where,
                 item.bytes(), headers);
  Answer answer{response.status, -1, "", response.body};
  if (response.status != 200) return answer;
  const auto view = nlohmann::json::parse(response.body);
  answer.slot = view["at-slot"];
  answer.data = view["raw"]["Messages"][0]["Data"];
  return answer;
}

std::string in_step(std::int64_t steps) {
  return std::to_string(steps) + " " + std::to_string(steps) + " ";
}

// With a queue of `steps` long ones, of which it may have evaluated a batch or two.
ProcessId start_busy(test::RunningNode& node, int steps) {
  node.settings().http.push_wait = std::chrono::milliseconds(1);
  node.settings().lua.batch_messages_max = 4;
  node.restart();
  test::signal_workers(SIGSTOP);
  const auto process = node.spawn(kSteps);
  for (int i = 0; i < steps; ++i)
    node.push(process, "Step", kLong);
  test::signal_workers(SIGCONT);
  node.settings().http.push_wait = std::chrono::seconds(60);
  node.restart();
  return process;
}

TEST(DryRunFlow, an_idle_process_answers_after_its_last_slot) {
  test::RunningNode node;
  const auto process = node.spawn(kSteps);
  for (int steps = 1; steps <= 3; ++steps) {
    node.push(process, "Step", kShort);
    for (int i = 0; i < 2; ++i) {
      const auto answer = ask(node, process, "&Note=dry");
      EXPECT_EQ(answer.slot, steps) << answer.body;
      EXPECT_EQ(answer.data, in_step(steps) + "dry") << answer.body;
    }
  }
  EXPECT_EQ(metric(node, "aonode_copies_made"), "0");
}

TEST(DryRunFlow, a_busy_process_answers_after_one_committed_slot_before_its_queue_ends) {
  constexpr int kMessages = 150;
  test::RunningNode node;
  const auto process = start_busy(node, kMessages);
  const std::string shown = "/" + process.text() + "~process@1.0/compute/left";
  int before_the_end = 0;
  std::int64_t last = 0;
  while (last < kMessages) {
    const auto known = node.fetch("GET", shown);
    const std::int64_t committed = known.status == 200 ? std::stoll(known.body) : 0;
    const auto answer = ask(node, process);
    ASSERT_EQ(answer.status, 200u) << answer.body;
    EXPECT_EQ(answer.data, in_step(answer.slot));
    EXPECT_GE(answer.slot, committed) << "what was committed before was not seen";
    EXPECT_GE(answer.slot, last);
    last = answer.slot;
    before_the_end += last < kMessages ? 1 : 0;
  }
  EXPECT_GT(before_the_end, 1);
  EXPECT_GE(std::stoi(metric(node, "aonode_copies_made")), 1);
  EXPECT_EQ(node.text("/" + process.text() + "~process@1.0/now/left"), std::to_string(kMessages));
  EXPECT_EQ(metric(node, "aonode_replay_divergences_total"), "0");
}

TEST(DryRunFlow, a_past_slot_answers_as_if_it_were_the_last) {
  test::RunningNode node;
  const auto process = node.spawn(kSteps);
  for (int i = 0; i < 8; ++i)
    node.push(process, "Step", kShort);
  const auto expect = [&](const std::string& where, std::int64_t slot, const std::string& note) {
    const auto answer = ask(node, process, where);
    EXPECT_EQ(answer.slot, slot) << answer.body;
    EXPECT_EQ(answer.data, in_step(slot) + note) << answer.body;
  };
  for (const int slot : {5, 2, 0, 3, 8, 8}) {
    const std::string number = std::to_string(slot);
    expect("=" + number, slot, "");
    expect("&slot=" + number + "&Note=dry", slot, "dry");
    expect("&Note=dry?slot=" + number, slot, "dry");
  }
  node.push(process, "Step", kShort);
  expect("", 9, "");
  EXPECT_EQ(code_of(node.fetch("GET", "/" + process.text() + "~process@1.0/compute=10")),
            "slot-unknown");
  const auto unknown = ask(node, process, "=10");
  EXPECT_EQ(unknown.status, 404u);
  EXPECT_NE(unknown.body.find("slot-unknown"), std::string::npos) << unknown.body;
  EXPECT_NE(ask(node, process, "=x").body.find("slot-malformed"), std::string::npos);
}

TEST(DryRunFlow, a_past_slot_is_reached_from_the_checkpoint_before_it) {
  test::RunningNode node;
  node.settings().lua.checkpoint_gas = 1'000'000;
  node.settings().lua.batch_messages_max = 1;
  node.restart();
  const auto process = node.spawn(kSteps);
  for (int i = 0; i < 10; ++i)
    node.push(process, "Step", kLong);
  EXPECT_GE(std::stoi(metric(node, "aonode_checkpoints_total")), 2);
  node.restart();
  EXPECT_EQ(ask(node, process, "=10").data, in_step(10));
  EXPECT_LE(std::stoi(metric(node, "aonode_replayed_slots_total")), 4);
  EXPECT_EQ(ask(node, process, "=1").data, in_step(1)) << "before the checkpoint";
}

TEST(DryRunFlow, a_past_slot_costs_a_bounded_amount_at_a_time) {
  test::RunningNode node;
  node.settings().lua.past_gas_max = 1'000'000;
  node.restart();
  const auto process = node.spawn(kSteps);
  for (int i = 0; i < 21; ++i)  // the last is no past slot
    node.push(process, "Step", kLong);
  auto answer = ask(node, process, "=20");
  EXPECT_EQ(answer.status, 504u) << answer.body;
  EXPECT_NE(answer.body.find("past-pending"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find("1000000 gas (lua.past_gas_max)"), std::string::npos) << answer.body;
  int asked = 1;
  for (; answer.status == 504 && asked < 40; ++asked)
    answer = ask(node, process, "=20");
  EXPECT_EQ(answer.data, in_step(20)) << answer.body;
}

}  // namespace
}  // namespace ao
