// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "flow/counter.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::wait_for;

constexpr const char* kForwarder = R"(
Handlers.add("forward", "Forward", function(msg)
  for i = 1, tonumber(msg.Count) do
    Send({ Target = msg.To, Action = "Note", Data = msg.Data .. "/" .. i })
  end
end)
Handlers.add("spawn", "Spawn-Child", function(msg)
  Spawn(msg["Child-Module"], { Name = "child" })
end)
Handlers.add("spawned", "Spawned", function(msg)
  Send({ device = "patch@1.0", child = msg.Process })
end)
)";

constexpr const char* kSink = R"(
notes = notes or {}
Handlers.add("note", "Note", function(msg)
  notes[#notes + 1] = msg.Data
  Send({ device = "patch@1.0", notes = table.concat(notes, " "), from = msg.From, count = #notes })
end)
)";

TEST(DeliveryFlow, messages_reach_a_local_process_in_the_senders_order_exactly_once) {
  test::RunningNode node;
  const auto forwarder = node.spawn(kForwarder);
  const auto sink = node.spawn(kSink);
  std::string expected;
  for (int i = 0; i < 10; ++i) {
    node.push(forwarder, "Forward", "m" + std::to_string(i), {{"To", sink.text()}, {"Count", "3"}});
    for (int k = 1; k <= 3; ++k)
      expected += (expected.empty() ? "m" : " m") + std::to_string(i) + "/" + std::to_string(k);
  }
  const std::string state = "/" + sink.text() + "~process@1.0/now/";
  EXPECT_EQ(wait_for(node, state + "count", "30"), "30");
  EXPECT_EQ(node.text(state + "notes"), expected);
  EXPECT_EQ(node.text(state + "from"), forwarder.text());
  node.restart();
  EXPECT_EQ(node.text(state + "notes"), expected);
  EXPECT_EQ(node.text("/" + sink.text() + "/slot/current"), "30");
}

// Gives what it was sent to others too.
constexpr const char* kGiver = R"(
Handlers.add("give", "Give", function(msg)
  Assign({ Processes = { msg.First, msg.Second }, Message = msg["Message-Id"] or msg.Id })
  Send({ Target = msg.First, Action = "Note", Data = "sent" })
end)
)";

constexpr const char* kTaker = R"(
ao.addAssignable({ Action = "Give" })
given = given or 0
Handlers.add("given", "Give", function(msg)
  given = given + 1
  Send({ device = "patch@1.0", given = given, data = msg.Data, from = msg.From })
end)
)";

TEST(DeliveryFlow, a_message_is_assigned_to_others_once) {
  test::RunningNode node;
  const auto giver = node.spawn(kGiver);
  const auto first = node.spawn(kTaker), second = node.spawn(kTaker);
  const message::Tags to = {{"First", first.text()}, {"Second", second.text()}};
  const json pushed = node.push(giver, "Give", "gift", to);
  for (const ProcessId& taker : {first, second}) {
    const std::string state = "/" + taker.text() + "~process@1.0/now/";
    EXPECT_EQ(wait_for(node, state + "given", "1"), "1");
    EXPECT_EQ(node.text(state + "data"), "gift");
    EXPECT_EQ(node.text(state + "from"), node.client().address().text);
  }
  // The same once more, by another message, and one that nobody has.
  message::Tags again = to;
  again.push_back({"Message-Id", pushed["id"]});
  node.push(giver, "Give", "", again);
  again.back().value = std::string(43, 'A');
  node.push(giver, "Give", "", again);
  EXPECT_EQ(wait_for(node, "/" + first.text() + "/slot/current", "4"), "4") << "three notes";
  node.restart();
  EXPECT_EQ(node.text("/" + first.text() + "~process@1.0/now/given"), "1");
  EXPECT_EQ(node.text("/" + second.text() + "/slot/current"), "1");
}

TEST(DeliveryFlow, processes_that_answer_each_other_for_ever_come_to_an_end) {
  node::Settings settings;
  settings.delivery.depth_max = 20;
  test::RunningNode node(settings);
  constexpr const char* kEcho = R"(
heard = 0
Handlers.add("echo", function(msg) return msg.Action == "Echo" end, function(msg)
  heard = heard + 1
  Send({ device = "patch@1.0", heard = heard })
  Send({ Target = msg.To or msg.From, Action = "Echo" })
end)
)";
  const auto one = node.spawn(kEcho);
  const auto other = node.spawn(kEcho);
  // A client's word about the depth does not count.
  node.push(one, "Echo", "", {{"To", other.text()}, {"Push-Depth", "19"}});
  json letters;
  for (int i = 0; i < 500 && letters.size() != 1; ++i) {
    letters = node.get("/~peer@1.0/dead-letters");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0]["code"], "depth-exceeded");
  EXPECT_EQ(letters[0]["sender"], one.text());
  EXPECT_EQ(node.text("/" + one.text() + "~process@1.0/now/heard"), "11");
  EXPECT_EQ(node.text("/" + other.text() + "~process@1.0/now/heard"), "10");
  node.push(one, "Echo", "", {{"To", other.text()}});
  EXPECT_EQ(wait_for(node, "/" + other.text() + "~process@1.0/now/heard", "20"), "20");
}

TEST(DeliveryFlow, a_process_that_asks_again_whenever_it_is_refused_comes_to_an_end) {
  node::Settings settings;
  settings.delivery.depth_max = 10;
  test::RunningNode node(settings);
  constexpr const char* kStubborn = R"(
refused = 0
local function ask()
  Send({ device = "cron@1.0", action = "every", name = "beat", interval = "never" })
  Spawn("no such module", {})
end
Handlers.add("go", "Go", ask)
Handlers.add("refused", function(msg) return msg.Error ~= nil end, function(msg)
  if msg.Action == "Cron-Error" then
    refused = refused + 1
    Send({ device = "patch@1.0", refused = refused })
    ask()
  end
end)
)";
  const auto process = node.spawn(kStubborn);
  node.push(process, "Go");
  const std::string shown = "/" + process.text() + "~process@1.0/now/refused";
  EXPECT_EQ(wait_for(node, shown, "10"), "10");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(node.text(shown), "10");
}

TEST(DeliveryFlow, a_stranger_cannot_claim_to_be_a_process) {
  test::RunningNode node;
  const auto forwarder = node.spawn(kForwarder);
  const auto sink = node.spawn(kSink);
  node.push(sink, "Note", "forged", {{"From-Process", forwarder.text()}});
  EXPECT_EQ(node.text("/" + sink.text() + "~process@1.0/now/from"), node.client().address().text);
}

TEST(DeliveryFlow, a_process_spawns_another_and_hears_of_it) {
  test::RunningNode node;
  const auto parent = node.spawn(kForwarder);
  const auto module = test::sign(test::module_draft(kSink, "sink.lua"), node.client());
  ASSERT_EQ(node.fetch("POST", "/tx", module.bytes()).status, 200u);
  node.push(parent, "Spawn-Child", "", {{"Child-Module", module.id().text()}});
  std::string child;
  for (int i = 0; i < 500 && child.size() != 43; ++i) {
    child = node.fetch("GET", "/" + parent.text() + "~process@1.0/now/child").body;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto id = ProcessId::from_text(child);
  ASSERT_TRUE(id) << child;
  const json answer = node.push(*id, "Note", "hello");
  EXPECT_FALSE(answer["raw"].contains("Error")) << answer;
  EXPECT_EQ(node.text("/" + child + "~process@1.0/now/notes"), "hello");
}

TEST(DeliveryFlow, messages_to_wallets_do_not_stop_the_others) {
  test::RunningNode node;
  const auto forwarder = node.spawn(kForwarder);
  const auto sink = node.spawn(kSink);
  node.push(forwarder, "Forward", "to a wallet",
            {{"To", node.client().address().text}, {"Count", "2"}});
  node.push(forwarder, "Forward", "to nobody", {{"To", "not an id"}, {"Count", "1"}});
  node.push(forwarder, "Forward", "on", {{"To", sink.text()}, {"Count", "1"}});
  EXPECT_EQ(wait_for(node, "/" + sink.text() + "~process@1.0/now/notes", "on/1"), "on/1");
}

}  // namespace
}  // namespace ao
