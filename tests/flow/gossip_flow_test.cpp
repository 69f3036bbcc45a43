// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/codec/httpsig.hpp"
#include "ao/message/bundle.hpp"
#include "ao/peers/gossip.hpp"
#include "flow/peers.hpp"
#include "unit/http/running_server.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::kForwarder;
using test::kSink;
using test::meet;
using test::metric;
using test::shown;
using test::url_of;
using test::wait_for;

void wait_for_metric(test::RunningNode& node, const std::string& name, const std::string& wanted) {
  for (int i = 0; i < 1'500 && metric(node, name) != wanted; ++i)
    std::this_thread::sleep_for(10ms);
  ASSERT_EQ(metric(node, name), wanted) << name;
}

// The hub knows nobody by its settings, the others know the hub alone.
struct HubAndTwo {
  HubAndTwo() {
    for (test::RunningNode* node : {&hub, &left, &right}) {
      node->settings().peers.gossip_interval = 200ms;
      node->settings().peers.egress.https_only = false;
      node->settings().peers.egress.allowed_networks = {"127.0.0.0/8"};
      node->settings().peers.egress.ports = {hub.port(), left.port(), right.port()};
    }
    meet(hub, {});
    meet(left, {url_of(hub)});
    meet(right, {url_of(hub)});
    const message::Tags authorities{{"Authority", left.address().text},
                                    {"Authority", right.address().text}};
    forwarder = left.spawn(kForwarder, authorities);
    sink = right.spawn(kSink, authorities);
  }

  void wait_until_known() {
    wait_for_metric(left, "aonode_peers_known", "2");
    wait_for_metric(right, "aonode_peers_known", "2");
  }
  void send(const std::string& text) {
    left.push(forwarder, "Forward", text, {{"To", sink.text()}, {"Count", "2"}});
  }

  test::RunningNode hub, left, right;
  ProcessId forwarder, sink;
};

TEST(GossipFlow, nodes_that_know_one_third_alone_learn_of_each_other_and_deliver) {
  HubAndTwo nodes;
  nodes.wait_until_known();
  nodes.send("m");
  EXPECT_EQ(wait_for(nodes.right, shown(nodes.sink, "notes"), "m/1 m/2"), "m/1 m/2");
  EXPECT_EQ(wait_for(nodes.left, shown(nodes.forwarder, "replies"), "2"), "2");
  EXPECT_EQ(nodes.left.text(shown(nodes.forwarder, "replier")), nodes.sink.text());

  wait_for_metric(nodes.hub, "aonode_gossip_records", "3");
  const std::string said = nodes.hub.text("/metrics");
  EXPECT_EQ(said.find("direction=\"out\",type=\"opening\""), std::string::npos)
      << "who names nobody calls nobody";
  EXPECT_NE(said.find("direction=\"in\",type=\"opening\""), std::string::npos);
}

TEST(GossipFlow, nodes_that_start_again_learn_again) {
  HubAndTwo nodes;
  nodes.wait_until_known();
  nodes.hub.stop();
  nodes.left.restart();
  nodes.right.restart();
  EXPECT_EQ(metric(nodes.left, "aonode_peers_known"), "0");
  nodes.hub.restart();
  nodes.wait_until_known();
  nodes.send("m");
  EXPECT_EQ(wait_for(nodes.right, shown(nodes.sink, "notes"), "m/1 m/2"), "m/1 m/2");
  // Who is known needs nobody between.
  nodes.hub.stop();
  nodes.send("n");
  EXPECT_EQ(wait_for(nodes.right, shown(nodes.sink, "count"), "4"), "4");
}

TEST(GossipFlow, who_sends_what_is_no_gossip_is_not_heard_for_a_while) {
  test::RunningNode node;
  const auto post = [&](const Bytes& note) {
    return node.fetch("POST", "/~peer@1.0/gossip", note);
  };
  peers::Note opening;
  opening.digest.emplace();
  const auto answer = post(write_note(opening));
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const auto said = peers::read_note(answer.body);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->entries.size(), 1u);
  EXPECT_EQ(said->entries[0].key, peers::key_of(node.address()));
  peers::Note asking;
  asking.wants = {said->entries[0].key};
  const auto told = peers::read_note(post(write_note(asking)).body);
  ASSERT_TRUE(told);
  ASSERT_EQ(told->records.size(), 1u);
  EXPECT_EQ(told->records[0], node.text("/~peer@1.0/location"));

  EXPECT_EQ(post("aog\x02").status, 400u) << "a later version is no fault";
  EXPECT_EQ(post(Bytes(peers::Note::kBytesMax + 1, 'x')).status, 413u);
  EXPECT_EQ(post("no note").status, 400u);
  EXPECT_EQ(metric(node, "aonode_gossip_sources_banned"), "0");
  post("no note");
  EXPECT_EQ(metric(node, "aonode_gossip_sources_banned"), "1");
  const auto refused = post(write_note(opening));
  EXPECT_EQ(refused.status, 403u);
  EXPECT_EQ(json::parse(refused.body)["error"]["code"], "gossip-banned") << refused.body;
}

TEST(GossipFlow, a_record_that_its_signer_did_not_sign_is_not_believed) {
  test::RunningNode node;
  const auto item =
      peers::Location::sign("https://a.example", node.clock().now(), 1h, node.client());
  Bytes forged = item->bytes();
  forged[20] ^= 1;
  for (const Bytes& record : {forged, item->bytes()}) {
    peers::Note note;
    note.records = {record};
    EXPECT_EQ(node.fetch("POST", "/~peer@1.0/gossip", write_note(note)).status, 200u);
    EXPECT_EQ(metric(node, "aonode_gossip_records"), record == forged ? "1" : "2");
  }
}

json post_message(test::RunningNode& node, const ProcessId& process, const std::string& more,
                  std::uint64_t number, unsigned& status) {
  auto draft = test::message_draft(process, "Note", "by a client");
  draft.anchor = Bytes(24, '0');
  put_u64be(draft.anchor, number);
  http::Headers headers;
  headers.set("content-type", "application/ans104");
  const auto answer = node.fetch("POST", "/" + process.text() + "~process@1.0/push" + more,
                                 test::sign(draft, node.client()).bytes(), std::move(headers));
  status = answer.status;
  return json::parse(answer.body);
}

TEST(GossipFlow, a_client_may_post_a_message_to_any_node_that_knows_the_one_of_its_process) {
  HubAndTwo nodes;
  nodes.wait_until_known();
  unsigned status = 0;
  const json taken = post_message(nodes.left, nodes.sink, "", 1, status);
  EXPECT_EQ(status, 202u) << taken;
  EXPECT_EQ(taken["slot"], 1);
  EXPECT_EQ(taken["node"], url_of(nodes.right));
  EXPECT_EQ(wait_for(nodes.right, shown(nodes.sink, "count"), "1"), "1");
  const json page = nodes.right.get("/" + nodes.sink.text() + "~process@1.0/slot/current");
  EXPECT_EQ(page, 1);
  const json again = post_message(nodes.left, nodes.sink, "&await=result", 1, status);
  EXPECT_EQ(status, 202u) << again;
  EXPECT_EQ(again["slot"], 1);
  EXPECT_EQ(again["assignment"], taken["assignment"]);
  EXPECT_EQ(again["timestamp"], taken["timestamp"]);
  const std::string at = again["result-at"];
  ASSERT_EQ(at.find(url_of(nodes.right)), 0u) << at;
  EXPECT_EQ(nodes.right.fetch("GET", at.substr(url_of(nodes.right).size())).status, 200u);

  const message::Map said{{"action", "Note"},
                          {"data", "over fields"},
                          {"target", nodes.sink.text()},
                          {"type", "Message"}};
  const auto form = codec::sign_http_form(said, nodes.left.client(), codec::Form::kBundled).value();
  http::Headers fields;
  for (const auto& [name, value] : form.fields)
    fields.add(name, *value.bytes());
  const auto answer =
      nodes.left.fetch("POST", "/" + nodes.sink.text() + "/schedule", form.body, fields);
  EXPECT_EQ(answer.status, 200u) << answer.body;
  const auto* slot = answer.headers.find("slot");
  EXPECT_EQ(slot == nullptr ? "" : *slot, "2");
  EXPECT_EQ(wait_for(nodes.right, shown(nodes.sink, "notes"), "by a client over fields"),
            "by a client over fields");

  const auto nobody = ProcessId::from_bytes(Bytes(32, 'x')).value();
  const json unknown = post_message(nodes.left, nobody, "", 2, status);
  EXPECT_EQ(status, 404u) << unknown;
  EXPECT_EQ(unknown["error"]["code"], "process-unknown");
  EXPECT_EQ(post_message(nodes.hub, nodes.sink, "", 3, status)["error"]["code"], "process-unknown");

  const std::string url = url_of(nodes.right);
  nodes.right.stop();
  const json unreached = post_message(nodes.left, nodes.sink, "", 4, status);
  EXPECT_EQ(status, 503u) << unreached;
  EXPECT_EQ(unreached["error"]["code"], "peer-refused");
  EXPECT_NE(unreached["error"]["message"].get<std::string>().find(url), std::string::npos)
      << unreached;
}

// A node of another kind, which says no URL of its own, and has one process.
class FakePeer {
 public:
  std::string origin() { return server_.origin(); }
  const ProcessId& process() const { return process_; }

  std::atomic<bool> says_too_much = true;
  std::atomic<std::size_t> requests = 0, taken = 0;

 private:
  Task<http::Response> answer(http::Request request) {
    http::Response response;
    if (request.target == "/~peer@1.0/location") {
      response.body = peers::Location::sign("", SystemClock().now(), 1h, *key_)->bytes();
    } else if (request.target.starts_with("/~peer@1.0/item")) {
      response.body = spawn_.bytes();
    } else if (request.target == "/~peer@1.0/messages") {
      ++requests;
      response.body = says_too_much ? Bytes(2 << 20, ' ') : R"({"results":[{"slot":1}]})";
      if (!says_too_much) taken += message::read_bundle(request.body)->size();
    } else {
      response.status = 404;
    }
    co_return response;
  }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  message::DataItem spawn_ =
      test::sign(test::spawn_draft("aos", key_->address()), *crypto::Key::new_ed25519());
  ProcessId process_ = process_named_by(spawn_.id());
  http::RunningServer server_{http::Limits{},
                              [this](http::Request request) { return answer(std::move(request)); }};
};

TEST(GossipFlow, a_message_whose_node_answers_too_much_is_brought_again_and_is_no_dead_letter) {
  FakePeer peer;
  test::RunningNode node;
  meet(node, {peer.origin()});
  const auto forwarder = node.spawn(kForwarder);
  node.push(forwarder, "Forward", "m", {{"To", peer.process().text()}, {"Count", "1"}});
  for (int i = 0; i < 1'500 && peer.requests == 0; ++i)
    std::this_thread::sleep_for(10ms);
  ASSERT_GT(peer.requests, 0u);
  peer.says_too_much = false;
  for (int i = 0; i < 1'500 && peer.taken == 0; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(peer.taken, 1u);
  EXPECT_TRUE(node.get("/~peer@1.0/dead-letters").empty());
}

}  // namespace
}  // namespace ao
