// Streams of events, read as a browser's EventSource reads them, and over WebSockets.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include "counter.hpp"
#include "support/event_reader.hpp"

namespace ao {
namespace {

using test::code_of;
using test::EventReader;
using test::HeardEvent;
using test::metric;

// Prints, sends twice, and fails, as it is told.
constexpr const char* kTeller = R"(
Handlers.add("tell", "Tell", function(msg)
  print("told " .. msg.Data)
  Send({ Target = msg.Tags.To or ao.id, Action = "One", Data = msg.Data })
  Send({ Target = "nobody", Action = "Two", Data = msg.Data })
end)
Handlers.add("fail", "Fail", function(msg) error("no " .. msg.Data) end)
Handlers.add("spawn", "Spawn", function(msg) Spawn("aos", { Data = "" }) end)
Handlers.add("much", "Much", function(msg)
  Send({ Target = "nobody", Data = string.rep(msg.Data, 150000) })
end)
Handlers.add("spin", "Spin", function(msg) while true do end end))";

std::vector<std::string> keys_of(const std::vector<HeardEvent>& events) {
  std::vector<std::string> keys;
  for (const HeardEvent& event : events)
    keys.push_back(event.key());
  return keys;
}

std::string path_of(const ProcessId& process) {
  return "/" + process.text() + "/events";
}

TEST(EventFlow, a_process_tells_of_each_slot_and_of_what_became_of_it) {
  test::RunningNode node;
  const auto process = node.spawn(kTeller);
  EventReader reader(node.port(), "/" + process.text() + "~process@1.0/events");
  EXPECT_EQ(reader.status(), 200);
  EXPECT_NE(reader.head().find("content-type: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(reader.first_id(), "1.1.0");
  const auto pushed = node.push(process, "Tell", "x", {{"To", "elsewhere"}});

  const auto events = reader.until("result");
  EXPECT_EQ(keys_of(events), (std::vector<std::string>{"slot 1 ", "print 1 ", "outbox 1 0",
                                                       "outbox 1 1", "result 1 "}));
  EXPECT_EQ(events[0].data["message"], pushed["id"]);
  EXPECT_EQ(events[0].data["from"], node.client().address().text);
  EXPECT_EQ(events[0].data["action"], "Tell");
  EXPECT_EQ(events[1].data["text"], "told x");
  EXPECT_EQ(events[2].data["target"], "elsewhere");
  EXPECT_EQ(events[2].data["data"], "x");
  EXPECT_EQ(events[4].data["outbox"], 2);
  EXPECT_EQ(events[4].id, "2.2.0");

  node.push(process, "Fail", "y");
  const auto failed = reader.until("result");
  const auto error = std::ranges::find(failed, "failure", &HeardEvent::name);
  ASSERT_NE(error, failed.end());
  EXPECT_NE(error->data["error"].get<std::string>().find("no y"), std::string::npos);
}

TEST(EventFlow, a_stream_goes_on_behind_any_event_without_gap_or_double) {
  test::RunningNode node;
  const auto process = node.spawn(kTeller);
  for (const char* text : {"a", "b", "c"})
    node.push(process, "Tell", text, {{"To", "elsewhere"}});
  node.push(process, "Fail");

  EventReader whole(node.port(), path_of(process) + "?from=0");
  const auto expected = whole.until("result", 5);
  EXPECT_EQ(expected.front().key(), "slot 0 ");

  // A reader that leaves after each event, once also when the node ends.
  std::vector<HeardEvent> pieces;
  std::string last = "0.0.0";
  while (pieces.size() < expected.size()) {
    if (pieces.size() == 7) node.restart();
    EventReader one(node.port(), path_of(process), last);
    auto event = one.next();
    ASSERT_TRUE(event.has_value());
    last = event->id;
    pieces.push_back(std::move(*event));
  }
  EXPECT_EQ(keys_of(pieces), keys_of(expected));

  // What comes while it is away, and what comes after that.
  node.push(process, "Tell", "away", {{"To", "elsewhere"}});
  EventReader back(node.port(), path_of(process) + "?last-event-id=" + last);
  EXPECT_EQ(
      keys_of(back.until("result")),
      (std::vector<std::string>{"slot 5 ", "print 5 ", "outbox 5 0", "outbox 5 1", "result 5 "}));
  node.push(process, "Fail");
  EXPECT_EQ(back.next()->key(), "slot 6 ");
}

TEST(EventFlow, only_the_kinds_that_are_asked_for_are_told) {
  test::RunningNode node;
  const auto process = node.spawn(kTeller);
  EventReader reader(node.port(), path_of(process) + "?kinds=print,failure");
  node.push(process, "Tell", "x", {{"To", "elsewhere"}});
  node.push(process, "Fail");
  EXPECT_EQ(reader.next()->key(), "print 1 ");
  EXPECT_EQ(reader.next()->name, "failure");

  const auto refused = node.fetch("GET", path_of(process) + "?kinds=print,results");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_EQ(code_of(refused), "event-kind-unknown");
  EXPECT_NE(refused.body.find("'results'"), std::string::npos) << refused.body;
}

TEST(EventFlow, a_message_tells_until_its_outbox_is_delivered) {
  test::RunningNode node;
  const auto sink = node.spawn("");
  const auto process = node.spawn(kTeller);
  const auto pushed = node.push(process, "Tell", "x", {{"To", sink.text()}});
  const std::string path = "/" + pushed["id"].get<std::string>() + "/events";

  EventReader reader(node.port(), path);
  const auto events = reader.until("end");
  EXPECT_FALSE(reader.next().has_value()) << "the stream ends";
  EXPECT_EQ(keys_of(events),
            (std::vector<std::string>{"slot 1 ", "print 1 ", "outbox 1 0", "outbox 1 1",
                                      "result 1 ", "delivery 1 0", "delivery 1 1", "end 1 "}));
  EXPECT_EQ(events[5].data["status"], "scheduled");
  EXPECT_EQ(events[5].data["at"]["process"], sink.text());
  EXPECT_EQ(events[5].data["at"]["slot"], 1);
  EXPECT_EQ(events[6].data["status"], "settled");
  EXPECT_EQ(node.fetch("GET", path + "?last-event-id=end").status, 204u);

  EventReader rest(node.port(), path, events[4].id);
  EXPECT_EQ(rest.next()->key(), "delivery 1 0");

  const auto spawning = node.push(process, "Spawn");
  EventReader spawned(node.port(), "/" + spawning["id"].get<std::string>() +
                                       "/events?kinds=delivery&process-id=" + process.text());
  const auto delivered = spawned.next();
  ASSERT_TRUE(delivered.has_value());
  EXPECT_EQ(delivered->data["status"], "scheduled");
  EXPECT_EQ(delivered->data["at"]["process"], delivered->data["at"]["message"]);

  EXPECT_EQ(code_of(node.fetch("GET", "/" + std::string(43, 'A') + "/events")), "message-unknown");
}

TEST(EventFlow, the_node_tells_of_every_process_and_goes_on_within_what_it_keeps) {
  test::RunningNode node;
  node.settings().events.notices_max = 8;
  node.restart();
  EventReader reader(node.port(), "/events");
  const auto one = node.spawn(kTeller);
  const auto two = node.spawn(kTeller);
  const auto events = reader.until("result", 2);
  std::set<std::string> processes;
  for (const HeardEvent& event : events)
    processes.insert(event.data["process"]);
  EXPECT_EQ(processes, (std::set<std::string>{one.text(), two.text()}));

  EventReader back(node.port(), "/events", events[0].id);
  for (std::size_t i = 1; i < events.size(); ++i)
    EXPECT_EQ(back.next()->key(), events[i].key());

  for (int i = 0; i < 5; ++i)
    node.push(one, "Fail");
  EventReader late(node.port(), "/events", events[0].id);
  const auto lost = late.next();
  ASSERT_EQ(lost->name, "lost");
  EXPECT_EQ(lost->data["code"], "events-not-kept");
  EXPECT_EQ(lost->data["asked"], events[0].id);
  node.push(two, "Fail");
  EXPECT_EQ(late.next()->key(), "slot 1 ");

  node.restart();
  EventReader again(node.port(), "/events", lost->id);
  EXPECT_EQ(again.next()->data["code"], "events-of-another-start");
}

TEST(EventFlow, what_cannot_be_resumed_is_refused_or_said) {
  test::RunningNode node;
  const auto process = node.spawn(kTeller);
  for (const char* id : {"1.2", "1.2.0", "a.0.0", "1.0.0.0"}) {
    const auto refused = node.fetch("GET", path_of(process) + "?last-event-id=" + id);
    EXPECT_EQ(refused.status, 400u) << id;
    EXPECT_EQ(code_of(refused), "event-id-malformed") << id;
  }
  EXPECT_EQ(code_of(node.fetch("GET", "/events?last-event-id=7")), "event-id-malformed");
  EXPECT_EQ(code_of(node.fetch("GET", path_of(process) + "?from=x")), "slot-malformed");
  EventReader ahead(node.port(), path_of(process), "9.9.0");
  const auto lost = ahead.next();
  EXPECT_EQ(lost->name, "lost");
  EXPECT_EQ(lost->data["code"], "event-id-ahead");
  EXPECT_EQ(lost->id, "1.1.0");
}

TEST(EventFlow, streams_are_limited_and_their_places_come_back) {
  test::RunningNode node;
  node.settings().events.streams_per_address_max = 2;
  node.restart();
  {
    EventReader one(node.port(), "/events");
    EventReader two(node.port(), "/events");
    EXPECT_NE(one.first_id() + two.first_id(), "") << "they have begun";
    const auto refused = node.fetch("GET", "/events");
    EXPECT_EQ(refused.status, 429u);
    EXPECT_EQ(code_of(refused), "streams-of-address-too-many");
    EXPECT_NE(refused.headers.find("retry-after"), nullptr);
    EXPECT_EQ(metric(node, "aonode_event_followers"), "2");
  }
  for (int i = 0; i < 500 && metric(node, "aonode_event_followers") != "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(EventReader(node.port(), "/events").status(), 200);
  node.settings().events.streams_max = 0;
  node.restart();
  EXPECT_EQ(code_of(node.fetch("GET", "/events")), "streams-too-many");
}

TEST(EventFlow, a_slow_reader_is_told_that_it_lags_and_misses_nothing) {
  constexpr int kMessages = 24;  // of 300 kB each: more than a sending socket holds
  test::RunningNode node;
  node.settings().events.lag_max = 4;
  node.restart();
  const auto process = node.spawn(kTeller);
  EventReader reader(test::slow_peer(node.port()), path_of(process) + "?kinds=outbox,result");
  EXPECT_EQ(reader.first_id(), "1.1.0");
  for (int i = 0; i < kMessages; ++i) {
    const auto draft = test::message_draft(process, "Much", std::to_string(10 + i));
    const auto item = test::sign(draft, node.client());
    EXPECT_EQ(node.fetch("POST", "/schedule", Bytes(item.bytes())).status, 200u);
  }
  auto events = reader.until("result", kMessages);
  const auto lagging = std::ranges::find(events, "lagging", &HeardEvent::name);
  ASSERT_NE(lagging, events.end());
  EXPECT_GT(lagging->data["behind"], 4);
  std::erase_if(events, [](const HeardEvent& event) { return event.name == "lagging"; });
  ASSERT_EQ(events.size(), 2u * kMessages);
  for (std::size_t i = 0; i < events.size(); ++i)
    EXPECT_EQ(events[i].data["slot"], i / 2 + 1);
}

TEST(EventFlow, a_node_that_stops_says_from_where_to_go_on) {
  test::RunningNode node;
  const auto process = node.spawn(kTeller);
  EventReader reader(node.port(), path_of(process));
  EXPECT_EQ(reader.first_id(), "1.1.0");
  node.stop();
  const auto last = reader.next();
  ASSERT_TRUE(last.has_value());
  EXPECT_EQ(last->name, "closing");
  EXPECT_EQ(last->id, "1.1.0");
  EXPECT_FALSE(reader.next().has_value());
}

TEST(EventFlow, a_silent_stream_says_that_it_lives) {
  test::RunningNode node;
  node.settings().events.heartbeat = std::chrono::seconds(1);
  node.restart();
  const auto process = node.spawn(kTeller);
  http::RawPeer peer(node.port());
  peer.say("GET " + path_of(process) + "?kinds=failure HTTP/1.1\r\nHost: a\r\n\r\n");
  peer.hear(false);
  EXPECT_NE(peer.hear_until("id: 1.1.0\n\n"), "");
  node.push(process, "Tell", "x", {{"To", "elsewhere"}});
  EXPECT_NE(peer.hear_until(": heartbeat\nid: 2.2.0\n\n"), "")
      << "it passed what was not asked for";
}

// --- Over a WebSocket

class EventSocket {
 public:
  EventSocket(std::uint16_t port, const std::string& target) : peer_(port) {
    peer_.say("GET " + target +
              " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    status_ = peer_.hear(false).status;
  }

  int status() const { return status_; }

  void say(const std::string& text) {  // masked with zeros, so that it stays readable
    std::string frame{static_cast<char>(0x81), static_cast<char>(0x80 | text.size())};
    peer_.say(frame + std::string(4, '\0') + text);
  }

  // The next text message that is no heartbeat.
  nlohmann::json next() {
    while (true) {
      const std::string head = peer_.hear_bytes(2);
      if (head.size() < 2) return nullptr;
      std::size_t size = static_cast<unsigned char>(head[1]);
      if (size == 126) {
        const std::string more = peer_.hear_bytes(2);
        size = static_cast<std::size_t>(static_cast<unsigned char>(more[0]) << 8 |
                                        static_cast<unsigned char>(more[1]));
      }
      const std::string body = peer_.hear_bytes(size);
      if (static_cast<unsigned char>(head[0]) != 0x81) continue;
      auto message = nlohmann::json::parse(body);
      if (message["event"] != "heartbeat") return message;
    }
  }

 private:
  http::RawPeer peer_;
  int status_ = 0;
};

TEST(EventFlow, a_web_socket_hears_the_same_events) {
  test::RunningNode node;
  const auto process = node.spawn(kTeller);
  EventSocket socket(node.port(), path_of(process) + "?last-event-id=1.0.0&kinds=slot,result");
  EXPECT_EQ(socket.status(), 101);
  socket.say("what clients say is not read");
  EXPECT_EQ(socket.next()["data"]["slot"], 0);
  node.push(process, "Fail");
  const auto slot = socket.next();
  EXPECT_EQ(slot["event"], "slot");
  EXPECT_EQ(slot["id"], "2.1.0");
  EXPECT_EQ(slot["data"]["slot"], 1);
  EXPECT_EQ(socket.next()["event"], "result");
  node.stop();
  EXPECT_EQ(socket.next()["event"], "closing");
}

}  // namespace
}  // namespace ao
