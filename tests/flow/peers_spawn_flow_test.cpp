// What a process does at another node beside sending messages: it spawns processes there, and
// assigns messages to processes that are there.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/message/bundle.hpp"
#include "flow/peers.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::kSink;
using test::meet;
using test::metric;
using test::shown;
using test::url_of;
using test::wait_for;

constexpr const char* kParent = R"(
Handlers.add("spawn", "Spawn-Child", function(msg)
  Spawn(msg["Child-Module"], { Name = "child", Scheduler = msg["At"] })
end)
Handlers.add("spawned", "Spawned", function(msg)
  heard = (heard or 0) + 1
  Send({ device = "patch@1.0", child = msg.Process, heard = heard })
  Send({ Target = msg.Process, Action = "Note", Data = "from its parent" })
end)
Handlers.add("refused", "Spawn-Error", function(msg)
  Send({ device = "patch@1.0", refused = msg.Error })
end)
Handlers.add("noted", "Noted", function(msg)
  Send({ device = "patch@1.0", answered = msg.From })
end)
Handlers.add("give", "Give", function(msg)
  Send({ Target = msg.To, Action = "Note", Data = "sent" })
  Assign({ Processes = { msg.To }, Message = msg["Message-Id"] or msg.Id })
end)
)";

constexpr const char* kTaker = R"(
ao.addAssignable({ Action = "Give" })
notes = {}
Handlers.add("given", "Give", function(msg)
  notes[#notes + 1] = "given " .. msg.Data .. " of " .. msg.From
  Send({ device = "patch@1.0", notes = table.concat(notes, ", "), count = #notes })
end)
Handlers.add("note", "Note", function(msg)
  notes[#notes + 1] = msg.Data
  Send({ device = "patch@1.0", notes = table.concat(notes, ", "), count = #notes })
end)
)";

struct Family {
  Family() {
    meet(here, {url_of(there)});
    meet(there, {url_of(here)});
    test::wait_for_peer(here);
    there_address = there.address();
    parent = here.spawn(kParent,
                        {{"Authority", here.address().text}, {"Authority", there.address().text}});
  }

  MessageId put_module(test::RunningNode& node) {
    const auto module = test::sign(test::module_draft(kSink, "sink.lua"), node.client());
    EXPECT_EQ(node.fetch("POST", "/tx", module.bytes()).status, 200u);
    return module.id();
  }

  json spawn_there(const MessageId& module) {
    return here.push(parent, "Spawn-Child", "",
                     {{"Child-Module", module.text()}, {"At", there_address.text}});
  }

  ProcessId child() {
    wait_for(here, shown(parent, "heard"), "1");
    return ProcessId::from_text(here.text(shown(parent, "child"))).value_or(ProcessId());
  }

  test::RunningNode here, there;
  ProcessId parent;
  Address there_address;
};

TEST(PeersSpawnFlow,
     a_spawn_that_names_another_node_is_scheduled_there_and_its_sender_hears_of_it) {
  Family family;
  const json pushed = family.spawn_there(family.put_module(family.there));
  const ProcessId child = family.child();
  EXPECT_EQ(wait_for(family.there, shown(child, "notes"), "from its parent"), "from its parent");
  EXPECT_EQ(family.there.text(shown(child, "from")), family.parent.text());
  EXPECT_EQ(wait_for(family.here, shown(family.parent, "answered"), child.text()), child.text());
  EXPECT_EQ(family.here.fetch("GET", "/" + child.text() + "/slot/current").status, 404u);
  EXPECT_EQ(metric(family.here, "aonode_forward_routes"), "0");

  const json trace = family.here.get("/~peer@1.0/trace?id=" + std::string(pushed["id"]));
  ASSERT_EQ(trace["sent"].size(), 1u) << trace;
  EXPECT_EQ(trace["sent"][0]["state"], "forwarded");
  EXPECT_EQ(trace["sent"][0]["target"], child.text());
  EXPECT_EQ(trace["sent"][0]["url"], url_of(family.there));
}

TEST(PeersSpawnFlow, a_spawn_waits_for_a_node_that_is_down_and_happens_once) {
  Family family;
  const MessageId module = family.put_module(family.there);
  family.there.stop();
  family.spawn_there(module);
  for (int i = 0; i < 500 && metric(family.here, "aonode_forward_routes") == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  family.there.restart();
  family.here.restart();
  const ProcessId child = family.child();
  EXPECT_EQ(wait_for(family.there, shown(child, "count"), "1"), "1");
  family.here.restart();
  EXPECT_EQ(family.here.text(shown(family.parent, "heard")), "1");
  EXPECT_EQ(family.there.text("/" + child.text() + "/slot/current"), "1");
}

TEST(PeersSpawnFlow, a_spawn_that_the_other_node_refuses_is_told_to_its_sender) {
  Family family;
  family.spawn_there(*MessageId::from_text(std::string(43, 'A')));
  std::string told;
  for (int i = 0; i < 1'000 && told.find("module") == std::string::npos; ++i) {
    told = family.here.fetch("GET", shown(family.parent, "refused")).body;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_NE(told.find("is not on this node"), std::string::npos) << told;
  EXPECT_EQ(family.here.get("/~peer@1.0/dead-letters"), json::array()) << "its sender knows";
  EXPECT_EQ(metric(family.here, "aonode_forward_routes"), "0");
}

TEST(PeersSpawnFlow, a_module_that_only_the_spawners_node_has_is_fetched_from_it) {
  Family family;
  family.spawn_there(family.put_module(family.here));
  const ProcessId child = family.child();
  EXPECT_EQ(wait_for(family.there, shown(child, "notes"), "from its parent"), "from its parent");
  family.there.restart();
  EXPECT_EQ(family.there.text(shown(child, "notes")), "from its parent");
}

TEST(PeersSpawnFlow, a_message_is_assigned_to_a_process_of_another_node_once_and_in_order) {
  Family family;
  const auto taker = family.there.spawn(kTaker, {{"Authority", family.there.address().text},
                                                 {"Authority", family.here.address().text}});
  const message::Tags to = {{"To", taker.text()}};
  const json pushed = family.here.push(family.parent, "Give", "a gift", to);
  const std::string expected = "sent, given a gift of " + family.here.client().address().text;
  EXPECT_EQ(wait_for(family.there, shown(taker, "notes"), expected), expected);
  // The same message once more, and one that nobody has.
  message::Tags again = to;
  again.push_back({"Message-Id", pushed["id"]});
  family.here.push(family.parent, "Give", "", again);
  again.back().value = std::string(43, 'A');
  family.here.push(family.parent, "Give", "", again);
  EXPECT_EQ(wait_for(family.there, shown(taker, "count"), "4"), "4") << "a gift, three notes";
  for (int i = 0; i < 500 && metric(family.here, "aonode_forward_routes") != "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(family.there.text("/" + taker.text() + "/slot/current"), "4");
  const json letters = family.here.get("/~peer@1.0/dead-letters");
  ASSERT_EQ(letters.size(), 1u) << letters;
  EXPECT_EQ(letters[0]["code"], "item-unknown");
}

TEST(PeersSpawnFlow, a_clients_spawn_is_brought_to_the_scheduler_that_it_names) {
  Family family;
  auto draft = test::spawn_draft(family.put_module(family.there).text(), family.there.address());
  const auto spawn = test::sign(draft, family.here.client());
  const auto answer = family.here.fetch("POST", "/push", spawn.bytes());
  ASSERT_EQ(answer.status, 202u) << answer.body;
  EXPECT_EQ(json::parse(answer.body)["node"], url_of(family.there));
  const ProcessId process = process_named_by(spawn.id());
  EXPECT_EQ(family.there.text("/" + process.text() + "/slot/current"), "0");
  EXPECT_EQ(family.here.fetch("GET", "/" + process.text() + "/slot/current").status, 404u);
  draft.tags.push_back({"Other", "1"});
  draft.tags[3].value = std::string(43, 'A');  // a scheduler that nobody knows
  ASSERT_EQ(draft.tags[3].name, "Scheduler");
  draft.tags[4].value = family.put_module(family.here).text();
  const auto unknown = test::sign(draft, family.here.client());
  ASSERT_EQ(family.here.fetch("POST", "/push", unknown.bytes()).status, 200u);
  EXPECT_EQ(family.here.text("/" + process_named_by(unknown.id()).text() + "/slot/current"), "0");
}

TEST(PeersSpawnFlow, what_a_bundle_says_of_assignments_is_read_strictly) {
  test::RunningNode node;
  const auto taker = node.spawn(kTaker);
  const auto other = node.spawn(kTaker);
  const auto gift = test::sign(test::message_draft(other, "Give", "a gift"), node.client());
  const Bytes bundle = message::write_bundle(std::vector<message::DataItem>{gift});
  const auto bring = [&](const std::string& assigned) {
    http::Headers headers;
    headers.set("ao-assigned", assigned);
    return node.fetch("POST", "/~peer@1.0/messages", bundle, headers);
  };
  for (const char* wrong : {"x", "0", "0:", "0:short", ":", "-1:"})
    EXPECT_EQ(bring(wrong).status, 400u) << wrong;
  const auto answer = bring("0:" + taker.text());
  EXPECT_EQ(answer.status, 200u) << answer.body;
  const std::string expected = "given a gift of " + node.client().address().text;
  EXPECT_EQ(wait_for(node, shown(taker, "notes"), expected), expected);
  EXPECT_EQ(node.text("/" + other.text() + "/slot/current"), "0");
}

}  // namespace
}  // namespace ao
