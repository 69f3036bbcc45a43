// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/message/bundle.hpp"
#include "flow/peers.hpp"
#include "support/commands.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::kForwarder;
using test::kSink;
using test::meet;
using test::metric;
using test::shown;
using test::url_of;
using test::wait_for;
using test::wait_for_peer;

struct TwoNodes {
  TwoNodes() {
    meet(here, {url_of(there)});
    meet(there, {url_of(here)});
    forwarder = here.spawn(
        kForwarder, {{"Authority", here.address().text}, {"Authority", there.address().text}});
    sink = there.spawn(kSink,
                       {{"Authority", there.address().text}, {"Authority", here.address().text}});
  }

  std::string send(int number, int count) {
    here.push(forwarder, "Forward", "m" + std::to_string(number),
              {{"To", sink.text()}, {"Count", std::to_string(count)}});
    std::string text;
    for (int k = 1; k <= count; ++k)
      text += " m" + std::to_string(number) + "/" + std::to_string(k);
    return text;
  }

  test::RunningNode here, there;
  ProcessId forwarder, sink;
};

TEST(PeersFlow, a_message_for_a_process_of_another_node_arrives_once_in_order_and_is_replied_to) {
  TwoNodes nodes;
  std::string expected;
  for (int i = 0; i < 5; ++i)
    expected += nodes.send(i, 4);
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "20"), "20");
  EXPECT_EQ(" " + nodes.there.text(shown(nodes.sink, "notes")), expected);
  EXPECT_EQ(nodes.there.text(shown(nodes.sink, "from")), nodes.forwarder.text());
  EXPECT_EQ(wait_for(nodes.here, shown(nodes.forwarder, "replies"), "20"), "20");
  EXPECT_EQ(nodes.here.text(shown(nodes.forwarder, "replier")), nodes.sink.text());
  EXPECT_EQ(metric(nodes.here, "aonode_forward_routes"), "0");
}

TEST(PeersFlow,
     what_is_sent_while_the_other_node_is_down_arrives_when_it_is_up_also_after_restarts) {
  TwoNodes nodes;
  std::string expected = nodes.send(0, 2);
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "2"), "2");
  nodes.there.stop();
  expected += nodes.send(1, 3);
  expected += nodes.send(2, 1);
  nodes.here.restart();
  EXPECT_NE(metric(nodes.here, "aonode_forward_routes"), "0");
  nodes.there.restart();
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "6"), "6");
  EXPECT_EQ(" " + nodes.there.text(shown(nodes.sink, "notes")), expected);
}

json trace(test::RunningNode& node, const std::string& message) {
  return node.get("/~peer@1.0/trace?id=" + message);
}

// A reply may be here before the answer that tells this node that its message is there.
json trace_when_forwarded(test::RunningNode& node, const std::string& message) {
  json found = trace(node, message);
  for (int i = 0; i < 1'000 && found["sent"].back()["state"] == "forwarding"; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    found = trace(node, message);
  }
  return found;
}

TEST(PeersFlow, a_trace_follows_a_message_to_the_other_node_and_back) {
  TwoNodes nodes;
  wait_for_peer(nodes.here);
  const json pushed =
      nodes.here.push(nodes.forwarder, "Forward", "m", {{"To", nodes.sink.text()}, {"Count", "2"}});
  EXPECT_EQ(wait_for(nodes.here, shown(nodes.forwarder, "replies"), "2"), "2");
  const json first = trace_when_forwarded(nodes.here, pushed["id"]);
  EXPECT_EQ(first["process"], nodes.forwarder.text());
  EXPECT_EQ(first["evaluated"], true);
  EXPECT_EQ(first["scheduler"], nodes.here.address().text);
  ASSERT_EQ(first["sent"].size(), 2u);
  const json sent = first["sent"][1];
  EXPECT_EQ(sent["state"], "forwarded");
  EXPECT_EQ(sent["target"], nodes.sink.text());
  EXPECT_EQ(sent["url"], url_of(nodes.there));

  const json second = trace_when_forwarded(nodes.there, sent["message"]);
  EXPECT_EQ(second["process"], nodes.sink.text());
  EXPECT_EQ(second["slot"], 2);
  ASSERT_EQ(second["sent"].size(), 1u) << second;
  EXPECT_EQ(second["sent"][0]["state"], "forwarded");
  const json third = trace(nodes.here, second["sent"][0]["message"]);
  EXPECT_EQ(third["process"], nodes.forwarder.text());
  EXPECT_EQ(third["signer"], nodes.there.address().text);
  EXPECT_EQ(nodes.here.fetch("GET", "/~peer@1.0/trace?id=" + nodes.sink.text()).status, 404u);

  const auto said = test::aonode({"trace", pushed["id"], "--node", url_of(nodes.here)});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("slot 2 of " + nodes.sink.text() + " at " + url_of(nodes.there)),
            std::string::npos)
      << said.out;
}

TEST(PeersFlow, what_a_node_never_takes_becomes_a_dead_letter_that_its_operator_sends_again) {
  TwoNodes nodes;
  nodes.send(0, 1);
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "1"), "1");
  nodes.there.settings().admission.data_bytes_max = 1'024;
  nodes.there.restart();
  nodes.here.push(nodes.forwarder, "Forward", std::string(2'000, 'x'),
                  {{"To", nodes.sink.text()}, {"Count", "1"}});
  json letters;
  for (int i = 0; i < 500 && letters.size() != 1; ++i) {
    letters = nodes.here.get("/~peer@1.0/dead-letters");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0]["code"], "peer-refused");
  EXPECT_NE(letters[0]["reason"].get<std::string>().find("data-too-large"), std::string::npos);

  nodes.there.settings().admission.data_bytes_max = 1 << 20;
  nodes.there.restart();
  const test::Folder folder;
  const std::string file = (folder.path() / "key.json").string();
  const auto retry = [&](const crypto::Key& key) {
    std::filesystem::remove(file);
    EXPECT_TRUE(key.save(file));
    return test::aonode(
        {"dead-letters", "--retry", "all", "--node", url_of(nodes.here), "--key", file});
  };
  const auto refused = retry(nodes.here.client());
  EXPECT_NE(refused.code, 0);
  EXPECT_NE(refused.err.find("not this node's operator"), std::string::npos) << refused.err;
  const auto retried = retry(*nodes.here.key());
  EXPECT_EQ(retried.code, 0) << retried.err;
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "2"), "2");
  EXPECT_TRUE(nodes.here.get("/~peer@1.0/dead-letters").empty());
}

TEST(PeersFlow, a_process_that_trusts_only_its_own_node_hears_the_other_node_and_no_process) {
  TwoNodes nodes;
  const auto wary = nodes.there.spawn(kSink);
  nodes.here.push(nodes.forwarder, "Forward", "m", {{"To", wary.text()}, {"Count", "1"}});
  EXPECT_EQ(wait_for(nodes.there, shown(wary, "count"), "1"), "1");
  EXPECT_EQ(nodes.there.text(shown(wary, "from")), nodes.here.address().text);
}

TEST(PeersFlow, a_wallet_is_no_process_of_a_peer_and_its_messages_are_settled) {
  TwoNodes nodes;
  wait_for_peer(nodes.here);
  nodes.here.push(nodes.forwarder, "Forward", "m",
                  {{"To", nodes.here.client().address().text}, {"Count", "3"}});
  const std::string settled = "aonode_push_attempts_total{outcome=\"process-nowhere\"}";
  for (int i = 0; i < 500 && metric(nodes.here, settled) != "3"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(metric(nodes.here, settled), "3");
  EXPECT_EQ(metric(nodes.here, "aonode_forward_routes"), "0");
}

TEST(PeersFlow, messages_for_one_node_that_is_down_hold_up_nothing_for_another) {
  TwoNodes nodes;
  test::RunningNode third;
  meet(nodes.here, {url_of(nodes.there), url_of(third)});
  const auto other = third.spawn(kSink, {{"Authority", nodes.here.address().text}});
  nodes.send(0, 1);
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "1"), "1");
  nodes.there.stop();
  nodes.send(1, 5);
  nodes.here.push(nodes.forwarder, "Forward", "m", {{"To", other.text()}, {"Count", "2"}});
  EXPECT_EQ(wait_for(third, shown(other, "count"), "2"), "2");
  nodes.there.restart();
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "6"), "6");
}

TEST(PeersFlow, what_waits_arrives_though_it_is_more_than_one_request_or_the_peer_takes) {
  TwoNodes nodes;
  nodes.send(0, 1);
  EXPECT_EQ(wait_for(nodes.there, shown(nodes.sink, "count"), "1"), "1");
  nodes.there.stop();
  const std::string data(300'000, 'x');
  for (int i = 0; i < 2; ++i)
    nodes.here.push(nodes.forwarder, "Forward", data, {{"To", nodes.sink.text()}, {"Count", "6"}});
  nodes.there.settings().http.limits.body_bytes_max = 700'000;
  nodes.there.restart();
  EXPECT_EQ(wait_for(nodes.there, "/" + nodes.sink.text() + "/slot/current", "13"), "13");
  EXPECT_TRUE(nodes.here.get("/~peer@1.0/dead-letters").empty());
}

TEST(PeersFlow, no_message_of_a_bundle_overtakes_one_that_is_to_be_sent_again) {
  node::Settings settings;
  settings.admission.signers.messages_per_second = 1;
  settings.admission.signers.messages_burst = 4;
  test::RunningNode node(settings);
  const auto sink = node.spawn(kSink);  // two of this signer, its module and itself
  const auto other = crypto::Key::new_ed25519();
  std::vector<message::DataItem> items;
  for (int i = 0; i < 20; ++i)
    items.push_back(test::sign(test::message_draft(sink, "Note", "a"), node.client()));
  items.push_back(test::sign(test::message_draft(sink, "Note", "b"), *other));
  const auto answer = node.fetch("POST", "/~peer@1.0/messages", message::write_bundle(items));
  const json results = json::parse(answer.body)["results"];
  ASSERT_EQ(results.size(), items.size()) << answer.body;
  std::size_t taken = 0;
  while (taken < results.size() && results[taken].contains("slot"))
    ++taken;
  ASSERT_GE(taken, 1u) << answer.body;
  ASSERT_LT(taken, 20u) << answer.body;
  EXPECT_EQ(results[taken]["error"]["code"], "signer-rate");
  for (std::size_t i = taken; i < results.size(); ++i)
    EXPECT_EQ(results[i].value(json::json_pointer("/error/again"), false), true) << results[i];
}

TEST(PeersFlow, messages_brought_by_a_stranger_are_admitted_or_refused_one_by_one) {
  test::RunningNode node;
  const auto sink = node.spawn(kSink);
  const auto good = test::sign(test::message_draft(sink, "Note", "a"), node.client());
  Bytes bytes = test::sign(test::message_draft(sink, "Note", "b"), node.client()).bytes();
  bytes.back() ^= 1;
  const auto forged = message::DataItem::parse(bytes).value();
  const auto lost =
      test::sign(test::message_draft(ProcessId::from_bytes(Bytes(32, 'x')).value(), "Note", "c"),
                 node.client());
  const auto module = test::sign(test::module_draft(kSink, "sink.lua"), node.client());
  const std::vector<message::DataItem> items{good, forged, lost, module, good};
  const auto answer = node.fetch("POST", "/~peer@1.0/messages", message::write_bundle(items));
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const json results = json::parse(answer.body)["results"];
  ASSERT_EQ(results.size(), 5u);
  EXPECT_EQ(results[0]["slot"], 1);
  EXPECT_EQ(results[1]["error"]["again"], false);
  EXPECT_EQ(results[2]["error"]["code"], "process-unknown");
  EXPECT_EQ(results[3]["error"]["code"], "not-a-message");
  EXPECT_EQ(results[4]["slot"], 1) << "the same message has the same slot";
  EXPECT_EQ(wait_for(node, shown(sink, "count"), "1"), "1");
  EXPECT_EQ(node.fetch("POST", "/~peer@1.0/messages", "no bundle").status, 400u);
  EXPECT_EQ(node.fetch("GET", "/~peer@1.0/item?id=" + sink.text()).status, 200u);
  EXPECT_EQ(node.fetch("GET", "/~peer@1.0/item?id=x").status, 400u);
  EXPECT_EQ(node.fetch("GET", "/~peer@1.0/nothing").status, 404u);
}

}  // namespace
}  // namespace ao
