// Hooks: what an operator's own paths say to requests and answers.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "counter.hpp"
#include "signed_fetch.hpp"

namespace ao {
namespace {

using nlohmann::json;

// A process of the operator's, whose handlers answer hooks.
constexpr const char* kGate = R"(
local json = require("json")
local function changed(msg, change)
  local asked = msg.Data
  change(asked.body, asked.request)
  msg.reply({ ["Content-Type"] = "application/json", Data = json.encode(asked.body) })
end
Handlers.add("add", "Add-Key", function(msg)
  changed(msg, function(messages) messages[1].added = "value" end)
end)
Handlers.add("then", "Then", function(msg)
  changed(msg, function(messages) messages[1].second = messages[1].added .. " and more" end)
end)
Handlers.add("bad", "Bad", function(msg) msg.reply({ Status = "400", Data = "Bad" }) end)
Handlers.add("who", "Who", function(msg)
  local request = msg.Data.request
  if not request.signers[1] then
    msg.reply({ Status = "401", Data = request.method .. " " .. request.path .. " by nobody" })
  end
end)
Handlers.add("loop", "Loop", function() while true do end end)
Handlers.add("more", "More", function(msg)
  changed(msg, function(messages) messages[#messages + 1] = { path = "x" } end)
end)
Handlers.add("sign", "Stamp", function(msg)
  local answer = msg.Data.body
  msg.reply({ Data = answer.body .. ", stamped" })
end)
Handlers.add("quiet", "Quiet", function() end))";

class HookFlow : public testing::Test {
 protected:
  HookFlow() { gate_ = node_.spawn(kGate); }

  api::Hook hook(const std::string& action, api::Hook::On on = api::Hook::On::kRequest) const {
    api::Hook made;
    made.on = on;
    made.path = "/" + gate_.text() + "~process@1.0/compute&Action=" + action;
    made.timeout = std::chrono::seconds(30);
    return made;
  }

  void with(std::vector<api::Hook> hooks) {
    node_.stop();
    node_.settings().gate.hooks = std::move(hooks);
    node_.restart();
  }

  json error(const std::string& target, unsigned status) {
    const auto answer = node_.fetch("GET", target);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json::parse(answer.body)["error"];
  }

  std::unique_ptr<crypto::Key> alice_ = crypto::Key::new_ed25519();
  test::RunningNode node_;
  ProcessId gate_;
};

// spec: C18.
TEST_F(HookFlow, a_hook_adds_a_key_to_the_first_message) {
  EXPECT_EQ(node_.fetch("GET", "/added").status, 404u);
  with({hook("Add-Key")});
  EXPECT_EQ(node_.text("/added"), "value");
  EXPECT_EQ(node_.text("/~message@1.0&a=b/a"), "b");
}

// spec: C19.
TEST_F(HookFlow, a_hook_that_refuses_is_the_answer_and_nothing_is_done) {
  const ProcessId counter = node_.spawn(test::kCounter);
  const std::string count = "/" + counter.text() + "~process@1.0/slot/current";
  const std::string before = node_.text(count);
  with({hook("Bad")});
  const json refusal = error("/~message@1.0&a=b/a", 400);
  EXPECT_EQ(refusal["code"], "hook-refused");
  EXPECT_EQ(refusal["message"], "Bad");
  const auto draft = test::message_draft(counter, "Add");
  const Bytes item(test::sign(draft, *alice_).bytes());
  EXPECT_EQ(node_.fetch("POST", "/push", item).status, 400u);
  EXPECT_EQ(node_.fetch("POST", "/tx", Bytes("x")).status, 400u);
  for (const char* target : {"/healthz", "/readyz", "/metrics", "/~peer@1.0/location"})
    EXPECT_EQ(node_.fetch("GET", target).status, 200u) << target;
  with({});
  EXPECT_EQ(node_.text(count), before);
}

// spec: C20.
TEST_F(HookFlow, hooks_are_asked_in_order_until_one_refuses) {
  with({hook("Add-Key"), hook("Then")});
  EXPECT_EQ(node_.text("/second"), "value and more");
  api::Hook missing = hook("None");
  missing.path = "/~nosuch@1.0/key";
  with({hook("Add-Key"), hook("Bad"), missing});
  EXPECT_EQ(error("/added", 400)["message"], "Bad") << "the third would have failed";
  with({hook("Add-Key"), missing, hook("Bad")});
  const json failed = error("/added", 503);
  EXPECT_EQ(failed["code"], "hook-failed");
  EXPECT_NE(failed["message"].get<std::string>().find("nosuch@1.0"), std::string::npos);
}

TEST_F(HookFlow, a_hook_is_told_who_asks_for_what) {
  with({hook("Who")});
  EXPECT_EQ(error("/~message@1.0&a=b/a", 401)["message"], "GET /~message@1.0&a=b/a by nobody");
  EXPECT_EQ(signed_fetch(node_, *alice_, "GET", "/~message@1.0&a=b/a").body, "b");
}

TEST_F(HookFlow, what_comes_of_an_answer_is_as_the_hook_is_set) {
  api::Hook one = hook("Bad");
  one.result = api::Hook::Result::kIgnore;
  with({one});
  EXPECT_EQ(node_.text("/~message@1.0&a=b/a"), "b");
  one = hook("Add-Key");
  one.result = api::Hook::Result::kError;
  with({one});
  EXPECT_EQ(error("/added", 400)["code"], "hook-refused");
  one = hook("Quiet");
  one.result = api::Hook::Result::kError;
  with({one});
  EXPECT_EQ(node_.text("/~message@1.0&a=b/a"), "b") << "it said nothing";
}

TEST_F(HookFlow, a_hook_that_fails_refuses_unless_that_is_ignored) {
  std::vector<api::Hook> failing = {hook("Loop"), hook("None")};
  failing[1].path = "/" + std::string(43, 'A') + "~process@1.0/compute&Action=Gate";
  for (api::Hook& one : failing) {
    with({one});
    EXPECT_EQ(error("/~message@1.0&a=b/a", 503)["code"], "hook-failed") << one.path;
    one.result = api::Hook::Result::kIgnore;
    with({one});
    EXPECT_EQ(node_.text("/~message@1.0&a=b/a"), "b");
  }
  with({hook("More")});
  EXPECT_EQ(error("/~message@1.0&a=b/a", 503)["code"], "hook-malformed");
}

TEST_F(HookFlow, a_hook_has_so_much_time) {
  api::Hook slow = hook("Loop");
  slow.timeout = std::chrono::milliseconds(1);
  with({slow});
  const json refusal = error("/~message@1.0&a=b/a", 504);
  EXPECT_EQ(refusal["code"], "hook-timeout");
}

TEST_F(HookFlow, what_a_process_shows_can_be_the_hook) {
  node_.push(gate_, "Eval",
             "Send({ device = 'patch@1.0', gate = { status = '503', "
             "body = 'closed until noon' } })");
  api::Hook shown = hook("None");
  shown.path = "/" + gate_.text() + "~process@1.0/now/gate";
  with({shown});
  EXPECT_EQ(error("/~message@1.0&a=b/a", 503)["message"], "closed until noon");
}

TEST_F(HookFlow, a_hook_of_answers_changes_or_refuses_them) {
  with({hook("Stamp", api::Hook::On::kResponse)});
  EXPECT_EQ(node_.text("/~message@1.0&a=b/a"), "b, stamped");
  with({hook("Bad", api::Hook::On::kResponse), hook("Stamp", api::Hook::On::kResponse)});
  EXPECT_EQ(error("/~message@1.0&a=b/a", 400)["message"], "Bad");
  with({hook("Quiet", api::Hook::On::kResponse)});
  EXPECT_EQ(node_.text("/~message@1.0&a=b/a"), "b");
}

// spec: the configuration is a file; who posts to it is told so.
}  // namespace
}  // namespace ao
