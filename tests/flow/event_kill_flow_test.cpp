// A stream of events across kill -9 of the node, a process of its own here.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "ao/http/client.hpp"
#include "support/event_reader.hpp"
#include "support/workbench.hpp"
#include "torture/node_process.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;

// Sends to one process until it is stopped, and keeps the slots that were acknowledged.
class Sender {
 public:
  Sender(std::uint16_t port, const crypto::Key& key) : port_(port), key_(key) {}
  ~Sender() { stop(); }

  std::optional<http::Response> ask(const std::string& method, const std::string& target,
                                    const Bytes& body) {
    auto client = http::Client::to(pool_.executor(), "http://127.0.0.1:" + std::to_string(port_));
    http::Request request;
    request.method = method;
    request.target = target;
    request.headers.set("content-type", "application/ans104");
    request.body = body;
    auto response = test::await(pool_, (*client)->fetch(std::move(request)));
    if (!response) return std::nullopt;
    return std::move(*response);
  }

  void start(const ProcessId& process) {
    thread_ = std::thread([this, process] {
      for (int i = 0; !is_ending_; ++i) {
        auto draft = test::message_draft(process, "Eval", "print('told')");
        draft.anchor = Bytes(24, 'e');
        put_u64be(draft.anchor, static_cast<std::uint64_t>(i));
        const auto answer =
            ask("POST", "/" + process.text() + "/schedule", Bytes(test::sign(draft, key_).bytes()));
        const std::string* slot = answer ? answer->headers.find("slot") : nullptr;
        if (slot != nullptr) acknowledged_.insert(std::stoul(*slot));
        if (slot == nullptr) std::this_thread::sleep_for(20ms);
      }
    });
  }

  // Every slot that was acknowledged.
  const std::set<std::size_t>& stop() {
    is_ending_ = true;
    if (thread_.joinable()) thread_.join();
    return acknowledged_;
  }

 private:
  std::uint16_t port_;
  const crypto::Key& key_;
  async::Pool pool_{"send", 1};
  std::atomic<bool> is_ending_ = false;
  std::set<std::size_t> acknowledged_;
  std::thread thread_;
};

std::vector<std::string> sorted_keys(const std::vector<test::HeardEvent>& events) {
  std::vector<std::string> keys;
  for (const auto& event : events)
    keys.push_back(event.key());
  std::ranges::sort(keys);
  return keys;
}

TEST(EventKillFlow, a_reader_misses_nothing_and_hears_nothing_twice) {
  constexpr int kKills = 3;
  const test::Folder folder;
  test::NodeProcess node({test::node_beside_this_program(), folder.path(), test::free_port(), {}});
  node.start();
  ASSERT_TRUE(node.wait_until_ready(60s)) << node.last_log_lines(20);
  const auto key = crypto::Key::new_ed25519();
  Sender sender(node.port(), *key);
  const Address scheduler{sender.ask("GET", "/~meta@1.0/info/address", {})->body};
  const auto spawn = test::sign(test::spawn_draft("aos", scheduler), *key);
  const auto spawned = sender.ask("POST", "/push", Bytes(spawn.bytes()));
  ASSERT_TRUE(spawned && spawned->headers.find("process") != nullptr) << spawned->body;
  const auto process = *ProcessId::from_text(*spawned->headers.find("process"));
  const std::string path = "/" + process.text() + "/events";
  sender.start(process);

  std::vector<test::HeardEvent> heard;
  std::string last = "0.0.0";
  for (int kills = 0; kills < kKills; ++kills) {
    test::EventReader reader(node.port(), path, last);
    for (int i = 0; i < 40; ++i) {
      auto event = reader.next();
      ASSERT_TRUE(event.has_value());
      heard.push_back(std::move(*event));
    }
    node.kill();
    while (auto event = reader.next())  // what had left the node
      heard.push_back(std::move(*event));
    last = heard.back().id;
    node.start();
    ASSERT_TRUE(node.wait_until_ready(60s)) << node.last_log_lines(20);
  }
  const std::size_t slots = *sender.stop().rbegin() + 1;

  test::EventReader rest(node.port(), path, last);
  const auto told = std::ranges::count(heard, "result", &test::HeardEvent::name);
  for (auto& event : rest.until("result", slots - static_cast<std::size_t>(told)))
    heard.push_back(std::move(event));
  test::EventReader whole(node.port(), path + "?from=0");
  const auto expected = whole.until("result", slots);
  EXPECT_EQ(sorted_keys(heard), sorted_keys(expected));
  std::set<std::size_t> heard_slots;
  for (const auto& event : heard)
    if (event.name == "slot") heard_slots.insert(event.data["slot"].get<std::size_t>());
  for (const std::size_t slot : sender.stop())
    EXPECT_TRUE(heard_slots.contains(slot)) << slot << " was acknowledged and not told";
}

}  // namespace
}  // namespace ao
