// Scheduled tasks: of a definition, of a process itself, over HTTP; across restarts and clock
// jumps.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "ao/codec/httpsig.hpp"
#include "support/commands.hpp"
#include "support/running_node.hpp"

namespace ao {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kClock = R"(
ticks, times, spoofed = ticks or 0, times or {}, spoofed or 0
local function seen(msg)
  ticks = ticks + 1
  times[#times + 1] = msg["Cron-Time"]
  Send({ device = "patch@1.0", ticks = ticks, from = msg.From, cron = tostring(msg.Cron),
         task = msg["Cron-Task"], data = msg.Data, times = table.concat(times, " ") })
end
Handlers.add("tick", function(msg) return msg.Cron and msg.Action == "Tick" end, seen)
Handlers.add("spoof", "Tick", function(msg)
  spoofed = spoofed + 1
  Send({ device = "patch@1.0", spoofed = spoofed, cron = tostring(msg.Cron),
         tag = tostring(msg.Tags.Cron), task = tostring(msg["Cron-Task"]) })
end)
Handlers.add("ask", "Ask", function(msg)
  local order = json.decode(msg.Data)
  order.device = "cron@1.0"
  Send(order)
end)
Handlers.add("error", "Cron-Error", function(msg)
  Send({ device = "patch@1.0", code = msg.Code, refused = msg.Task })
end)
Handlers.add("foreign", "Foreign", function(msg)
  Send({ Target = msg.To, Action = "Tick", Cron = "true", ["Cron-Task"] = ao.id,
         ["Cron-Time"] = "5" })
end))";

class CronFlow : public testing::Test {
 protected:
  std::string state(const ProcessId& process, const std::string& key) {
    return node_.fetch("GET", "/" + process.text() + "~process@1.0/now/" + key).body;
  }

  bool comes_true(const std::function<bool()>& condition, int seconds = 20) {
    for (int i = 0; i < seconds * 50; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }

  int ticks(const ProcessId& process) { return std::atoi(state(process, "ticks").c_str()); }
  bool ticks_at_least(const ProcessId& process, int count) {
    return comes_true([&] { return ticks(process) >= count; });
  }

  json tasks(const ProcessId& process) {
    return node_.get("/~cron@1.0/list?process=" + process.text());
  }

  void ask(const ProcessId& process, const json& order) {
    node_.push(process, "Ask", order.dump());
  }

  // A request whose path and query are signed, as RFC 9421 has them.
  http::Response signed_request(const crypto::Key& key, const std::string& target,
                                const std::string& covered = R"("@method" "@path" "@query")") {
    const std::size_t question = target.find('?');
    const std::string params =
        "(" + covered + R"();alg="ed25519";keyid=")" + base64(key.public_key()) + '"';
    std::string base = "\"@method\": POST\n\"@path\": " + target.substr(0, question) + "\n";
    if (covered.find("@query") != std::string::npos)
      base += "\"@query\": " + target.substr(question) + "\n";
    base += "\"@signature-params\": " + params;
    http::Headers headers;
    headers.set("signature-input", "me=" + params);
    headers.set("signature", "me=:" + base64(key.sign(base)) + ":");
    return node_.fetch("POST", target, {}, headers);
  }

  static std::string every(const ProcessId& process, const std::string& interval,
                           const std::string& more = "") {
    return "/~cron@1.0/every?interval=" + interval + "&cron-path=/" + process.text() +
           "~process@1.0/push&Action=Tick" + more;
  }

  static std::string code_of(const http::Response& response) {
    return json::parse(response.body)["error"]["code"];
  }

  // The slots of a process that are ticks: their task and time.
  std::vector<std::pair<std::string, std::uint64_t>> tick_slots(const ProcessId& process) {
    std::vector<std::pair<std::string, std::uint64_t>> found;
    const auto page =
        node_.get("/" + process.text() + "~process@1.0/schedule?accept=" + "application/aos-2");
    for (const json& edge : page["edges"]) {
      std::string task;
      std::uint64_t due = 0;
      for (const json& tag : edge["node"]["message"]["Tags"]) {
        if (tag["name"] == "Cron-Task") task = tag["value"];
        if (tag["name"] == "Cron-Time") due = std::stoull(tag["value"].get<std::string>());
      }
      if (!task.empty()) found.emplace_back(task, due);
    }
    return found;
  }

  test::RunningNode node_;
};

TEST_F(CronFlow, a_definition_with_an_interval_ticks_as_its_owner) {
  const auto process = node_.spawn(kClock, {{"Cron-Interval", "200-milliseconds"},
                                            {"Cron-Tag-Action", "Tick"},
                                            {"Cron-Interval", "1-hour"},
                                            {"Cron-Tag-Action", "Hourly"}});
  EXPECT_TRUE(ticks_at_least(process, 3));
  EXPECT_EQ(state(process, "from"), node_.client().address().text);
  EXPECT_EQ(state(process, "cron"), "true");
  const json listed = tasks(process);
  ASSERT_EQ(listed.size(), 2U);
  for (const json& task : listed) {
    EXPECT_EQ(task["set-by"], "definition");
    if (task["name"] != "definition-1") continue;
    EXPECT_EQ(task["task"], state(process, "task"));
    EXPECT_GE(task["history"]["runs"], 3);
    EXPECT_EQ(task["when"]["text"], "200-milliseconds");
  }
}

TEST_F(CronFlow, ticks_have_slots_in_order_and_are_replayed_to_the_same_outcomes) {
  const auto process =
      node_.spawn(kClock, {{"Cron-Interval", "100-milliseconds"}, {"Cron-Tag-Action", "Tick"}});
  ASSERT_TRUE(ticks_at_least(process, 5));
  ask(process, {{"action", "stop"}, {"name", "definition-1"}});
  ASSERT_TRUE(comes_true([&] { return tasks(process).empty(); }));
  const std::string times = state(process, "times");
  const auto slots = tick_slots(process);
  ASSERT_GE(slots.size(), 5U);
  for (std::size_t i = 1; i < slots.size(); ++i)
    EXPECT_GT(slots[i].second, slots[i - 1].second);
  const auto directory = node_.settings().store.directory.string();
  node_.stop();
  const auto verified = test::aonode({"db", "verify", "--store", directory});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  const auto replayed = test::aonode({"replay", "--process", process.text(), "--store", directory});
  EXPECT_EQ(replayed.code, 0) << replayed.out << replayed.err;
  node_.restart();
  EXPECT_EQ(state(process, "times"), times);
}

TEST_F(CronFlow, a_process_sets_changes_pauses_and_stops_its_own_tasks) {
  const auto process = node_.spawn(kClock);
  ask(process, {{"action", "every"},
                {"name", "beat"},
                {"interval", "100-milliseconds"},
                {"Data", "hello"},
                {"Tags", {{"Action", "Tick"}}}});
  ASSERT_TRUE(ticks_at_least(process, 2));
  EXPECT_EQ(state(process, "data"), "hello");
  ask(process, {{"action", "pause"}, {"name", "beat"}});
  ASSERT_TRUE(comes_true([&] { return tasks(process)[0]["paused"] == true; }));
  std::this_thread::sleep_for(300ms);
  const int paused = ticks(process);
  std::this_thread::sleep_for(400ms);
  EXPECT_EQ(ticks(process), paused);
  ask(process, {{"action", "resume"}, {"name", "beat"}});
  EXPECT_TRUE(ticks_at_least(process, paused + 2));
  ask(process, {{"action", "every"}, {"name", "beat"}, {"interval", "1-hour"}});
  ASSERT_TRUE(comes_true([&] { return tasks(process)[0]["when"]["text"] == "1-hour"; }));
  EXPECT_EQ(tasks(process).size(), 1U);
  ask(process, {{"action", "stop"}, {"name", "beat"}});
  EXPECT_TRUE(comes_true([&] { return tasks(process).empty(); }));
}

TEST_F(CronFlow, a_process_is_told_what_was_refused) {
  const auto process = node_.spawn(kClock);
  ask(process, {{"action", "every"}, {"name", "fast"}, {"interval", "1-milliseconds"}});
  EXPECT_TRUE(comes_true([&] { return state(process, "code") == "cron-interval-short"; }));
  EXPECT_EQ(state(process, "refused"), "fast");
  ask(process, {{"action", "expression"}, {"name", "never"}, {"expression", "0 0 31 2 *"}});
  EXPECT_TRUE(comes_true([&] { return state(process, "code") == "cron-expression"; }));
  EXPECT_TRUE(tasks(process).empty());
}

TEST_F(CronFlow, nobody_else_makes_a_tick) {
  const auto process = node_.spawn(kClock);
  node_.push(process, "Tick", "", {{"Cron", "true"}, {"Cron-Task", "x"}, {"Cron-Time", "1"}});
  EXPECT_EQ(state(process, "cron"), "nil");
  EXPECT_EQ(state(process, "tag"), "nil");
  EXPECT_EQ(state(process, "task"), "nil");
  EXPECT_EQ(state(process, "spoofed"), "1");
  // Nor another process, whose messages this node signs.
  const auto other = node_.spawn(kClock);
  node_.push(other, "Foreign", "", {{"To", process.text()}});
  EXPECT_TRUE(comes_true([&] { return state(process, "spoofed") == "2"; }));
  EXPECT_EQ(state(process, "cron"), "nil");
}

TEST_F(CronFlow, the_owner_sets_and_stops_tasks_over_http) {
  const auto process = node_.spawn(kClock);
  const auto set = signed_request(node_.client(), every(process, "100-milliseconds"));
  ASSERT_EQ(set.status, 200u) << set.body;
  ASSERT_TRUE(ticks_at_least(process, 3));
  EXPECT_EQ(state(process, "task"), set.body);
  const json task = node_.get("/~cron@1.0/task?task=" + set.body);
  EXPECT_EQ(task["set-by"], node_.client().address().text);
  EXPECT_GE(task["history"]["last-slot"], 1);
  EXPECT_EQ(task["tags"]["Action"], "Tick");
  // Said again it is the same task.
  EXPECT_EQ(signed_request(node_.client(), every(process, "100-milliseconds")).body, set.body);
  EXPECT_EQ(tasks(process).size(), 1U);
  const auto stopped = signed_request(node_.client(), "/~cron@1.0/stop?task=" + set.body);
  EXPECT_EQ(json::parse(stopped.body)["task_id"], set.body) << stopped.body;
  const auto again = signed_request(node_.client(), "/~cron@1.0/stop?task=" + set.body);
  EXPECT_EQ(again.status, 404u);
  EXPECT_EQ(json::parse(again.body)["error"]["message"], "Task not found.");
  const auto by_node = signed_request(*node_.key(), every(process, "1-hour"));
  EXPECT_EQ(by_node.status, 200u) << by_node.body;
}

TEST_F(CronFlow, strangers_and_signatures_of_something_else_change_nothing) {
  const auto process = node_.spawn(kClock);
  const std::string target = every(process, "1-hour");
  const auto stranger = crypto::Key::new_ed25519();
  const auto by_stranger = signed_request(*stranger, target);
  EXPECT_EQ(by_stranger.status, 403u);
  EXPECT_EQ(code_of(by_stranger), "cron-denied");
  EXPECT_EQ(code_of(node_.fetch("POST", target)), "cron-denied");
  EXPECT_EQ(code_of(signed_request(node_.client(), target, R"("@method" "@path")")),
            "cron-not-covered");
  // What the owner signed for another purpose.
  const message::Map said{{"action", "Info"}, {"path", "/~meta@1.0/info"}};
  const auto form = codec::to_signed_http_form(codec::commit(said, node_.client()).value()).value();
  http::Headers headers;
  for (const auto& [name, value] : form.fields)
    headers.add(name, *value.bytes());
  EXPECT_EQ(code_of(node_.fetch("POST", target, {}, headers)), "cron-not-covered");
  EXPECT_EQ(
      code_of(signed_request(node_.client(), "/~cron@1.0/every?interval=5-seconds&cron-path=/" +
                                                 process.text() + "~process@1.0/now")),
      "cron-path");
  EXPECT_TRUE(tasks(process).empty());
}

// As HyperBEAM's clients sign: the path and everything else as fields.
TEST_F(CronFlow, fields_that_are_signed_say_the_same_as_a_query) {
  const auto process = node_.spawn(kClock);
  const message::Map said{{"action", "Tick"},
                          {"cron-path", "/" + process.text() + "~process@1.0/push"},
                          {"interval", "100-milliseconds"},
                          {"path", "/~cron@1.0/every"}};
  const auto form = codec::to_signed_http_form(codec::commit(said, node_.client()).value()).value();
  http::Headers headers;
  for (const auto& [name, value] : form.fields)
    headers.add(name, *value.bytes());
  const auto set = node_.fetch("POST", "/~cron@1.0/every", {}, headers);
  ASSERT_EQ(set.status, 200u) << set.body;
  EXPECT_TRUE(ticks_at_least(process, 2));
}

TEST_F(CronFlow, tasks_survive_a_restart_and_one_tick_stands_for_what_was_missed) {
  const auto process = node_.spawn(kClock);
  for (const char* missed : {"once", "all", "skip"})
    ask(process, {{"action", "every"},
                  {"name", missed},
                  {"interval", "1-hour"},
                  {"missed", missed},
                  {"Tags", {{"Action", "Tick"}}}});
  ASSERT_TRUE(comes_true([&] { return tasks(process).size() == 3; }));
  node_.stop();
  node_.clock().shift(3h + 10min);
  node_.restart();
  ASSERT_TRUE(ticks_at_least(process, 4));
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(ticks(process), 4);  // one for once, three for all, none for skip
  for (const json& task : tasks(process)) {
    const std::string missed = task["name"];
    EXPECT_EQ(task["history"]["runs"], missed == "once" ? 1 : missed == "all" ? 3 : 0);
    EXPECT_EQ(task["history"]["missed"], missed == "once" ? 2 : missed == "all" ? 0 : 3);
  }
}

TEST_F(CronFlow, a_clock_that_jumps_brings_neither_a_flood_nor_a_pause) {
  const auto process = node_.spawn(kClock);
  ask(process, {{"action", "every"},
                {"name", "a"},
                {"interval", "200-milliseconds"},
                {"Tags", {{"Action", "Tick"}}}});
  ASSERT_TRUE(ticks_at_least(process, 2));
  node_.clock().shift(24h * 3650);
  const int before = ticks(process);
  ASSERT_TRUE(ticks_at_least(process, before + 3));
  EXPECT_LT(ticks(process), before + 30);
  node_.clock().shift(-24h * 3650 - 1h);
  const int back = ticks(process);
  EXPECT_TRUE(ticks_at_least(process, back + 3));
  std::set<std::pair<std::string, std::uint64_t>> distinct;
  const auto slots = tick_slots(process);
  for (const auto& slot : slots)
    EXPECT_TRUE(distinct.insert(slot).second) << slot.second << " twice";
}

TEST_F(CronFlow, a_process_that_is_busy_is_not_ticked_again) {
  const auto process = node_.spawn(R"(
Handlers.add("tick", function(msg) return msg.Cron end, function() while true do end end))");
  const auto set = signed_request(node_.client(), every(process, "100-milliseconds"));
  ASSERT_EQ(set.status, 200u) << set.body;
  EXPECT_TRUE(comes_true(
      [&] { return node_.get("/~cron@1.0/task?task=" + set.body)["history"]["skipped"] >= 3; }));
}

}  // namespace
}  // namespace ao
