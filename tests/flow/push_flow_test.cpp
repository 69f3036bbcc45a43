// Pushes that tell what came of what a message sent.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "counter.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::code_of;

// Sends `Count` messages on to the target it is told of, or answers who asks.
constexpr std::string_view kSender = R"(
Handlers.add('Send', 'Send', function(msg)
  for i = 1, tonumber(msg.Count) do
    Send({ Target = msg.To, Action = 'Ping', Number = tostring(i) })
  end
end)
Handlers.add('Ping', 'Ping', function(msg)
  Send({ Target = msg.From, Action = 'Pong', Number = msg.Number })
end)
Handlers.add('Pong', 'Pong', function(msg) print('got ' .. msg.Number) end)
Handlers.add('Again', 'Again', function(msg) Send({ Target = ao.id, Action = 'Again' }) end)
)";

class PushFlow : public testing::Test {
 protected:
  http::Response push(const std::string& parameters, const std::string& action,
                      message::Tags tags = {}) {
    auto draft = test::message_draft(process_, action);
    for (message::Tag& tag : tags)
      draft.tags.push_back(std::move(tag));
    return node_.fetch("POST", "/" + process_.text() + "~process@1.0/push" + parameters,
                       Bytes(test::sign(draft, node_.client()).bytes()));
  }

  http::Response push_to(const std::string& parameters, const std::string& target, int count) {
    return push(parameters, "Send", {{"To", target}, {"Count", std::to_string(count)}});
  }

  test::RunningNode node_;
  ProcessId process_ = node_.spawn(std::string(kSender));
  ProcessId other_ = node_.spawn(std::string(kSender));
};

TEST_F(PushFlow, the_answer_tells_what_came_of_what_was_sent) {
  const auto answer = push_to("&max-depth=2", other_.text(), 1);
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const json said = json::parse(answer.body);
  EXPECT_EQ(said["slot"], 1);
  EXPECT_TRUE(said.contains("outbox")) << "its own result is one deep";
  const json& ping = said["1"];
  EXPECT_EQ(ping["target"], other_.text());
  EXPECT_EQ(ping["slot"], 1);
  EXPECT_EQ(ping["status"], "scheduled");
  EXPECT_EQ(ping["id"].get<std::string>().size(), 43u);
  EXPECT_FALSE(ping["resulted-in"].contains("outbox"));
  const json& pong = ping["resulted-in"]["1"];
  EXPECT_EQ(pong["target"], process_.text());
  EXPECT_EQ(pong["slot"], 2);
  EXPECT_FALSE(pong["resulted-in"].contains("status")) << "it was evaluated";
}

TEST_F(PushFlow, results_are_told_as_deep_as_is_asked) {
  const auto answer = push_to("?result-depth=3", other_.text(), 1);
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const json pong = json::parse(answer.body)["1"]["resulted-in"]["1"]["resulted-in"];
  EXPECT_EQ(pong["output"]["data"], "got 1");
}

// The reference walks the outbox in the order of its keys as texts: 1, 10, 11, 2.
TEST_F(PushFlow, twelve_messages_arrive_in_their_order) {
  const json said = json::parse(push_to("&max-depth=1", other_.text(), 12).body);
  for (int number = 1; number <= 12; ++number)
    EXPECT_EQ(said[std::to_string(number)]["slot"], number);
}

TEST_F(PushFlow, what_goes_to_a_wallet_ends_there) {
  const auto answer = push_to("&max-depth=1", std::string(43, 'A'), 1);
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const json said = json::parse(answer.body)["1"];
  EXPECT_EQ(said["target"], std::string(43, 'A'));
  EXPECT_EQ(said["status"], "settled");
  EXPECT_FALSE(said.contains("resulted-in"));
}

// The reference never answers.
TEST_F(PushFlow, a_process_that_answers_itself_for_ever_is_told_as_deep_as_is_asked) {
  const auto answer = push("&max-depth=3", "Again");
  ASSERT_EQ(answer.status, 200u) << answer.body;
  const json third = json::parse(answer.body)["1"]["resulted-in"]["1"]["resulted-in"]["1"];
  EXPECT_EQ(third["slot"], 4);
  EXPECT_FALSE(third["resulted-in"].contains("1"));
}

// The reference answers 500, and the work starts nevertheless.
TEST_F(PushFlow, an_asynchronous_push_says_where_it_can_be_followed) {
  const auto answer = push_to("&push-mode=async", other_.text(), 2);
  ASSERT_EQ(answer.status, 202u) << answer.body;
  const json said = json::parse(answer.body);
  EXPECT_EQ(said["status"], "pending");
  const json tree = node_.get(said["push-at"]);
  EXPECT_EQ(tree["2"]["resulted-in"]["1"]["slot"], 3);
  EXPECT_EQ(tree["id"], said["id"]);
}

// The reference delivers once more, or dies.
TEST_F(PushFlow, to_push_a_slot_again_delivers_nothing_again) {
  push_to("&max-depth=2", other_.text(), 1);
  const auto count = node_.text("/" + other_.text() + "/slot/current");
  EXPECT_EQ(node_.fetch("POST", "/" + process_.text() + "~process@1.0/push&slot=1").status, 200u);
  EXPECT_EQ(node_.fetch("GET", "/" + process_.text() + "/push&slot=1&max-depth=9").status, 200u);
  EXPECT_EQ(node_.text("/" + other_.text() + "/slot/current"), count);
}

TEST_F(PushFlow, what_cannot_be_told_is_refused_before_anything_is_scheduled) {
  EXPECT_EQ(code_of(push("&max-depth=deep", "Again")), "depth-malformed");
  EXPECT_EQ(code_of(push("&result-depth=33", "Again")), "depth-range");
  EXPECT_EQ(code_of(push("&push-mode=maybe", "Again")), "push-mode-unknown");
  EXPECT_EQ(code_of(push("&max-depth=1&timeout=long", "Again")), "timeout-malformed");
  EXPECT_EQ(node_.text("/" + process_.text() + "/slot/current"), "0");
  const std::string path = "/" + process_.text() + "/push";
  EXPECT_EQ(code_of(node_.fetch("GET", path + "&slot=7")), "slot-unknown");
  EXPECT_EQ(code_of(node_.fetch("GET", path + "&slot=x")), "slot-malformed");
}

}  // namespace
}  // namespace ao
