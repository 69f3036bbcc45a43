// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <mutex>

#include "ao/message/bundle.hpp"
#include "flow/peers.hpp"
#include "flow/quick_settlement.hpp"
#include "support/commands.hpp"
#include "support/fake_arweave.hpp"
#include "support/workbench.hpp"
#include "unit/http/running_server.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::shown;
using test::wait_for;

constexpr const char* kTeller = R"(
count = count or 0
Handlers.add("add", "Add", function(msg)
  count = count + 1
  Send({ device = "patch@1.0", count = count })
  if msg.To then Send({ Target = msg.To, Action = "Note", Data = msg.Data }) end
end)
)";

constexpr const char* kSink = R"(
notes = notes or {}
Handlers.add("note", "Note", function(msg)
  notes[#notes + 1] = msg.Data
  Send({ device = "patch@1.0", notes = table.concat(notes, " "), count = #notes })
end)
)";

// Stands before the owner's node, and tells followers of it what a test wants them to hear.
class Wire {
 public:
  using Change = std::function<void(std::string_view target, Bytes& body)>;

  explicit Wire(test::RunningNode& owner)
      : owner_(owner),
        server_(http::Limits(), [this](http::Request request) { return answer(request); }) {}

  std::string url() const { return server_.origin(); }

  void say(Change change) {
    const std::lock_guard lock(mutex_);
    change_ = std::move(change);
  }

 private:
  Task<http::Response> answer(http::Request request) {
    auto response = owner_.fetch(request.method, request.target, std::move(request.body));
    response.headers = {};
    const std::lock_guard lock(mutex_);
    if (change_ && response.status == 200) change_(request.target, response.body);
    co_return response;
  }

  test::RunningNode& owner_;
  std::mutex mutex_;
  Change change_;
  http::RunningServer server_;
};

// An owner with a process, and who follows it. `wire`: all that the follower hears comes over it.
class FollowFlow : public testing::Test {
 protected:
  void follow(bool over_wire) {
    owner_.settings().http.listen = "127.0.0.1:" + std::to_string(owner_.port());
    if (over_wire) wire_ = std::make_unique<Wire>(owner_);
    const std::string url = over_wire ? wire_->url() : test::url_of(owner_);
    owner_.settings().node.url = url;
    owner_.restart();
    process_ = owner_.spawn(kTeller);
    follower_.settings().peers.follow = {process_.text()};
    test::meet(follower_, {url});
  }

  void add(int times, message::Tags more = {}) {
    for (int i = 0; i < times; ++i)
      owner_.push(process_, "Add", "n" + std::to_string(i), more);
  }

  json state() { return follower_.get("/~peer@1.0/follows")[0]; }

  json wait_for_end() {
    for (int i = 0; i < 1'000 && !state().contains("code"); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return state();
  }

  void wait_until_compared(std::uint64_t slots) {
    for (int i = 0; i < 1'500 && state()["compared"] < slots; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(state()["compared"], slots) << state();
  }

  test::RunningNode owner_, follower_;
  std::unique_ptr<Wire> wire_;
  ProcessId process_;
};

TEST_F(FollowFlow, a_followed_process_is_read_here_also_when_its_node_is_gone) {
  follow(false);
  add(3);
  EXPECT_EQ(wait_for(follower_, shown(process_, "count"), "3"), "3");
  wait_until_compared(4);
  EXPECT_EQ(follower_.fetch("GET", "/" + process_.text() + "/slot/current").body, "3");
  follower_.restart();
  add(2);
  EXPECT_EQ(wait_for(follower_, shown(process_, "count"), "5"), "5");
  owner_.stop();
  EXPECT_EQ(follower_.text(shown(process_, "count")), "5");
  follower_.restart();
  EXPECT_EQ(follower_.text(shown(process_, "count")), "5");
  owner_.restart();
  add(1);
  EXPECT_EQ(wait_for(follower_, shown(process_, "count"), "6"), "6");
  wait_until_compared(7);
  EXPECT_FALSE(state().contains("code")) << state();
}

TEST_F(FollowFlow, what_was_taken_over_is_proven_as_what_its_own_node_signed) {
  follow(false);
  add(3);
  wait_until_compared(4);
  follower_.stop();
  const auto said = test::aonode({"db", "verify", "--store", follower_.settings().store.directory,
                                  "--scheduler", follower_.key()->address().text});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_NE(said.out.find("1 processes, 4 messages"), std::string::npos) << said.out;
}

TEST_F(FollowFlow, a_schedule_of_many_pages_is_caught_up_with) {
  follow(false);
  follower_.stop();
  std::vector<message::DataItem> items;
  const int count = 1'200;
  for (int i = 0; i < count; ++i)
    items.push_back(
        test::sign(test::message_draft(process_, "Add", std::to_string(i)), owner_.client()));
  for (int i = 0; i < count; i += 600) {
    const std::span part(items.begin() + i, 600);
    owner_.fetch("POST", "/~peer@1.0/messages", message::write_bundle(part));
  }
  follower_.restart();
  EXPECT_EQ(wait_for(follower_, shown(process_, "count"), "1200"), "1200");
  wait_until_compared(count + 1);
}

TEST_F(FollowFlow, what_a_followed_process_sends_is_sent_by_its_own_node_alone) {
  follow(false);
  const auto sink = owner_.spawn(kSink, {{"Authority", owner_.address().text}});
  add(3, {{"To", sink.text()}});
  wait_until_compared(4);
  EXPECT_EQ(wait_for(owner_, shown(sink, "notes"), "n0 n1 n2"), "n0 n1 n2");
  EXPECT_EQ(test::metric(follower_, "aonode_forward_routes"), "0");
  add(1, {{"To", sink.text()}});
  wait_until_compared(5);
  EXPECT_EQ(wait_for(owner_, shown(sink, "notes"), "n0 n1 n2 n0"), "n0 n1 n2 n0");
}

TEST_F(FollowFlow, nobody_gives_a_followed_process_slots_here) {
  follow(false);
  wait_until_compared(1);
  const auto item = test::sign(test::message_draft(process_, "Add", "n"), owner_.client());
  const auto answer =
      follower_.fetch("POST", "/~peer@1.0/messages", message::write_bundle({{item}}));
  EXPECT_EQ(json::parse(answer.body)["results"][0]["error"]["code"], "process-elsewhere")
      << answer.body;
  EXPECT_EQ(follower_.fetch("GET", "/" + process_.text() + "/slot/current").body, "0");

  const json brought = follower_.push(process_, "Add");
  EXPECT_EQ(brought["slot"], 1) << "a client's message is brought to its node: " << brought;
  EXPECT_EQ(wait_for(follower_, shown(process_, "count"), "1"), "1");
}

TEST_F(FollowFlow, what_a_process_here_sends_to_a_followed_one_is_scheduled_by_its_own_node) {
  follow(false);
  wait_until_compared(1);
  const auto sender = follower_.spawn(R"(
Handlers.add("go", "Go", function(msg) Send({ Target = msg.To, Action = "Add" }) end)
)");
  follower_.push(sender, "Go", "", {{"To", process_.text()}});
  EXPECT_EQ(wait_for(owner_, shown(process_, "count"), "1"), "1");
  wait_until_compared(2);
  EXPECT_FALSE(state().contains("code")) << state();
}

TEST_F(FollowFlow, a_followed_process_is_settled_by_its_own_node_alone) {
  test::FakeArweave arweave;
  auto& settlement = follower_.settings().settlement;
  settlement.bundler_urls = {arweave.url()};
  test::settle_quickly(settlement);
  follow(false);
  add(2);
  wait_until_compared(3);
  const auto own = follower_.spawn("");
  const auto own_id = *MessageId::from_text(own.text());
  for (int i = 0; i < 1'000 && !arweave.ids_within().contains(own_id); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(arweave.ids_within().contains(own_id));
  EXPECT_FALSE(arweave.ids_within().contains(*MessageId::from_text(process_.text())));
}

TEST_F(FollowFlow, a_node_that_keeps_old_outcomes_no_more_is_followed_on) {
  test::FakeArweave arweave;
  auto& settlement = owner_.settings().settlement;
  settlement.bundler_urls = {arweave.url()};
  test::settle_quickly(settlement);
  owner_.settings().retention.results_max = 2;
  owner_.settings().retention.interval = std::chrono::milliseconds(10);
  follow(false);
  add(1);
  wait_until_compared(2);
  follower_.stop();
  add(8);
  const std::string outcomes = "/~peer@1.0/outcomes?count=100&process=" + process_.text();
  for (int i = 0; i < 1'500 && owner_.get(outcomes)["from"] != 8; ++i) {
    arweave.mine();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(owner_.get(outcomes)["from"], 8);
  EXPECT_EQ(owner_.get(outcomes)["outcomes"].size(), 2u);
  follower_.restart();
  wait_until_compared(10);
  EXPECT_EQ(follower_.text(shown(process_, "count")), "9");
}

TEST_F(FollowFlow, a_process_of_this_node_is_not_followed) {
  const auto process = owner_.spawn(kTeller);
  owner_.settings().peers.follow = {process.text()};
  owner_.settings().peers.urls = {"http://127.0.0.1:1"};
  EXPECT_THROW(owner_.restart(), std::runtime_error);
}

// The bundle of a page, changed; its table of ids and sizes is made anew.
Bytes changed(const Bytes& body,
              const std::function<void(std::vector<message::DataItem>&)>& change) {
  const auto bundle = message::read_bundle(body, {2'000, 1});
  std::vector<message::DataItem> items;
  for (const auto& one : *bundle)
    items.push_back(one.item);
  change(items);
  return message::write_bundle(items);
}

bool is_schedule(std::string_view target) {
  return target.starts_with("/~peer@1.0/schedule");
}

TEST_F(FollowFlow, a_forged_slot_ends_it_with_the_reason) {
  follow(true);
  add(1);
  wait_until_compared(2);
  wire_->say([](std::string_view target, Bytes& body) {
    if (!is_schedule(target)) return;
    body = changed(body, [](std::vector<message::DataItem>& items) {
      if (items.size() < 4) return;
      Bytes forged = items[2].bytes();
      forged.back() ^= 1;
      items[2] = *message::DataItem::parse(std::move(forged));
    });
  });
  add(1);
  const json ended = wait_for_end();
  EXPECT_EQ(ended["code"], "slot-forged") << ended;
  EXPECT_EQ(ended["slots"], 2);
  EXPECT_EQ(follower_.text(shown(process_, "count")), "1");
}

TEST_F(FollowFlow, slots_in_another_order_end_it_with_the_reason) {
  follow(true);
  wait_until_compared(1);
  wire_->say([](std::string_view target, Bytes& body) {
    if (!is_schedule(target)) return;
    body = changed(body, [](std::vector<message::DataItem>& items) {
      if (items.size() < 6) {
        items.resize(2, items[0]);  // until both are there
      } else {
        std::swap(items[2], items[4]);
        std::swap(items[3], items[5]);
      }
    });
  });
  add(2);
  const json ended = wait_for_end();
  EXPECT_EQ(ended["code"], "chain-broken") << ended;
  EXPECT_EQ(ended["slots"], 1);
}

TEST_F(FollowFlow, a_second_history_ends_it_with_the_reason) {
  follow(true);
  add(1);
  wait_until_compared(2);
  const auto key = owner_.key();
  wire_->say([&](std::string_view target, Bytes& body) {
    if (!is_schedule(target)) return;
    body = changed(body, [&](std::vector<message::DataItem>& items) {
      message::Draft other;  // signed by the owner's own key
      other.tags = items[1].tags();
      for (message::Tag& tag : other.tags)
        if (tag.name == "Timestamp") tag.value = std::to_string(std::stoull(tag.value) + 1);
      items[1] = *message::DataItem::sign(other, *key);
    });
  });
  const json ended = wait_for_end();
  EXPECT_EQ(ended["code"], "slot-taken") << ended;
}

TEST_F(FollowFlow, another_outcome_ends_it_with_the_reason) {
  follow(true);
  add(1);
  wait_until_compared(2);
  wire_->say([](std::string_view target, Bytes& body) {
    if (!target.starts_with("/~peer@1.0/outcomes")) return;
    json said = json::parse(body);
    said["outcomes"].back() = base64url(Bytes(32, 'x'));
    body = said.dump();
  });
  add(1);
  const json ended = wait_for_end();
  EXPECT_EQ(ended["code"], "outcome-differs") << ended;
  EXPECT_EQ(ended["compared"], 2);
  EXPECT_EQ(follower_.text(shown(process_, "count")), "2") << "what is here is still shown";
}

TEST_F(FollowFlow, a_schedule_that_became_shorter_ends_it_with_the_reason) {
  follow(true);
  add(1);
  wait_until_compared(2);
  wire_->say([](std::string_view target, Bytes& body) {
    if (is_schedule(target)) body = message::write_bundle({});
  });
  EXPECT_EQ(wait_for_end()["code"], "schedule-shortened");
}

}  // namespace
}  // namespace ao
