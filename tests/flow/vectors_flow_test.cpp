// Behaviour that processes and clients know from the reference, case by case. The letters and
// numbers are those of its recorded cases (docs/compatibility.md says where the others are tested).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "counter.hpp"

namespace ao {
namespace {

using nlohmann::json;
using test::code_of;

class VectorsFlow : public testing::Test {
 protected:
  json eval(const std::string& code) { return node_.push(process_, "Eval", code); }

  std::string output_of(const std::string& code) { return output_in(eval(code)); }

  static std::string output_in(const json& pushed) {
    if (!pushed.contains("output")) return "no output: " + pushed.dump();
    return pushed["output"].value("data", "no data");
  }

  // Of the message that a push sent, by its number.
  static std::string tag_of(const json& message, const std::string& name) {
    for (const json& tag : message["Tags"])
      if (tag["name"] == name) return tag["value"];
    return "";
  }

  std::string read(const std::string& path) { return node_.text("/" + process_.text() + path); }

  test::RunningNode node_;
  ProcessId process_ = node_.spawn("");
};

TEST_F(VectorsFlow, K1_to_K3_the_owner_evaluates) {
  EXPECT_EQ(output_of("1 + 1"), "2");
  EXPECT_NE(eval("100 < undefined")["error"].get<std::string>().find(
                "attempt to compare number with nil"),
            std::string::npos);
  EXPECT_EQ(output_of("print(\"Hello World\")"), "Hello World");
  EXPECT_EQ(output_of("print('one') print('two')"), "one\ntwo");
}

TEST_F(VectorsFlow, K4_assignments_are_told) {
  const json said = eval("Assign({Processes={'pid-1','pid-2'}, Message='mid-1'})");
  const json expected = {{{"Processes", {"pid-1", "pid-2"}}, {"Message", "mid-1"}}};
  EXPECT_EQ(said["raw"]["Assignments"], expected);
}

TEST_F(VectorsFlow, K6_the_process_knows_its_name_and_owner) {
  EXPECT_EQ(output_of("print('name: '..Name..', owner: '..Owner)"),
            "name: test, owner: " + node_.client().address().text);
}

TEST_F(VectorsFlow, K9_tables_are_sent_as_json) {
  const json sent = eval("Send({Target = ao.id, Data = {foo = 'bar'}})")["raw"]["Messages"][0];
  EXPECT_EQ(sent["Data"], R"({"foo":"bar"})");
  EXPECT_EQ(tag_of(sent, "Content-Type"), "application/json");
  const json spawned = eval("Spawn('m', {Data = {foo = 'bar'}})")["raw"]["Spawns"][0];
  EXPECT_EQ(spawned["Data"], R"({"foo":"bar"})");
  EXPECT_EQ(tag_of(spawned, "Content-Type"), "application/json");
}

TEST_F(VectorsFlow, K10_json_is_read_as_a_table) {
  node_.push(process_, "Note", R"({"foo":"bar"})", {{"Content-Type", "application/json"}});
  EXPECT_EQ(output_of("Inbox[#Inbox].Data.foo"), "bar");
}

TEST_F(VectorsFlow, K13_a_handler_that_runs_once) {
  eval("Handlers.once('ping', {Data = 'ping'}, function() print('pong') end)");
  EXPECT_EQ(output_in(node_.push(process_, "x", "ping")), "pong");
  EXPECT_NE(output_in(node_.push(process_, "x", "ping")).find("New Message From"),
            std::string::npos);
}

TEST_F(VectorsFlow, K14_handlers_go_on_and_skip) {
  eval(R"(
    Handlers.add('one', function() return 'continue' end, function() print('one') end)
    Handlers.add('two', function() return 'continue' end, function() print('two') end)
    Handlers.add('three', function() return 'skip' end, function() print('three') end))");
  const std::string said = output_in(node_.push(process_, "x", "ping"));
  EXPECT_EQ(said.substr(0, 8), "one\ntwo\n");
  EXPECT_NE(said.find("New Message From"), std::string::npos);
  EXPECT_EQ(said.find("three"), std::string::npos);
}

TEST_F(VectorsFlow, K15_to_K17_handlers_answer) {
  eval(R"(
    Handlers.add('Time', function(msg) print(os.time() == msg.Timestamp and 'same' or 'other') end)
    Handlers.add('Balance', function(msg) msg.reply({Data = '1000'}) end)
    Handlers.add('table', {Action = 'go'}, {
      [{Action = 'go', Data = 'ping'}] = function() print('pong') end }))");
  EXPECT_EQ(output_in(node_.push(process_, "Time")), "same");
  EXPECT_EQ(node_.push(process_, "Balance")["raw"]["Messages"][0]["Data"], "1000");
  EXPECT_EQ(output_in(node_.push(process_, "go", "ping")), "pong");
}

TEST_F(VectorsFlow, K18_K19_tags_are_read_whatever_their_case) {
  eval(R"(Handlers.add('protocol', {Note = 'here'}, function(msg)
    print(msg.Tags['Test-Tag'] .. msg['Test-Tag']) end))");
  for (const char* name : {"test-tag", "TEST_TAG", "Test_Tag", "TEST-tag", "test_tag"})
    EXPECT_EQ(output_in(node_.push(process_, "x", "", {{"note", "here"}, {name, "y"}})), "yy")
        << name;
}

TEST_F(VectorsFlow, K20_K21_errors_name_what_was_wrong) {
  EXPECT_NE(eval("Handers.add('x', function() end)")["error"].get<std::string>().find(
                "attempt to index a nil value (global 'Handers')"),
            std::string::npos);
  eval("Handlers.add('bad', function() Send({Target = ao.id}) error('broken') end)");
  const json said = node_.push(process_, "bad");
  EXPECT_NE(said["error"].get<std::string>().find("broken"), std::string::npos) << said;
  EXPECT_EQ(said["raw"]["Messages"], json::array());
}

TEST_F(VectorsFlow, K22_a_handler_waits_for_its_answer) {
  const ProcessId other =
      node_.spawn("Handlers.add('ask', function(msg) msg.reply({Data = 'yes'}) end)");
  eval("Handlers.add('go', function() local answer = Send({Target = '" + other.text() +
       "', Action = 'ask'}).receive() Answer = answer.Data end)");
  node_.push(process_, "go");
  for (int i = 0; i < 500 && output_of("Answer") != "yes"; ++i) {
  }
  EXPECT_EQ(output_of("Answer"), "yes");
}

TEST_F(VectorsFlow, K24_names_of_tags_are_capitalized) {
  EXPECT_EQ(output_of("require('.utils').capitalize('foo')"), "Foo");
  EXPECT_EQ(output_of("require('.utils').normalize('foo_bar')"), "Foo-Bar");
}

TEST_F(VectorsFlow, E2_to_E4_what_was_scheduled_is_read_slot_by_slot) {
  node_.push(process_, "x", "", {{"Test-Label", "TEST TEXT 1"}});
  node_.push(process_, "x", "", {{"Test-Label", "TEST TEXT 2"}});
  EXPECT_EQ(read("/slot/current"), "2");
  EXPECT_EQ(read("/schedule/assignments/1/body/test-label"), "TEST TEXT 1");
  EXPECT_EQ(read("/schedule&from=2/assignments/2/body/Test-Label"), "TEST TEXT 2");
  const json schedule = node_.get("/" + process_.text() + "/schedule?from=1&to=2");
  EXPECT_EQ(schedule["process"], process_.text());
  EXPECT_EQ(schedule["assignments"]["2"]["body"]["test-label"], "TEST TEXT 2");
  EXPECT_EQ(schedule["assignments"]["2"]["slot"], 2);
  EXPECT_FALSE(schedule["assignments"].contains("0"));
  const auto beyond = node_.fetch("GET", "/" + process_.text() + "/schedule/assignments/9");
  EXPECT_EQ(code_of(beyond), "key-absent");
}

TEST_F(VectorsFlow, E14_a_slot_beyond_the_head_is_said_to_be_none) {
  const auto answer =
      node_.fetch("GET", "/" + process_.text() + "~process@1.0/compute&slot=7/results");
  EXPECT_EQ(answer.status, 404u);
  EXPECT_EQ(code_of(answer), "slot-unknown");
}

TEST_F(VectorsFlow, F5_F9_F10_state_goes_from_slot_to_slot) {
  eval("X = 42");
  eval("X = 1337");
  node_.restart();
  EXPECT_EQ(output_of("return X"), "1337");
  EXPECT_EQ(read("/now/results/output/data"), "1337");
  EXPECT_EQ(read("/compute&slot=3/results/output/data"), "1337");
}

TEST_F(VectorsFlow, F6_F7_what_was_sent_is_read_by_its_path) {
  eval("Send({Target = ao.id, Data = '<h1>Hello</h1>', ['Content-Type'] = 'text/html'})");
  EXPECT_EQ(read("/compute&slot=1/results/outbox/1/data"), "<h1>Hello</h1>");
  EXPECT_EQ(read("/compute&slot=1/results/outbox/1/content-type"), "text/html");
}

TEST_F(VectorsFlow, F8_a_patch_is_shown) {
  eval("Send({device = 'patch@1.0', x = 'banana'})");
  EXPECT_EQ(read("/now/x"), "banana");
}

// The reference serves errors for ever, or lets a stranger replace the state.
TEST_F(VectorsFlow, F12_to_F17_a_bad_message_costs_its_slot_alone) {
  eval("Handlers.add('boom', function() error('boom!') end)");
  eval("Balances = {alice = 99} Send({device = 'patch@1.0', balances = Balances})");
  EXPECT_NE(node_.push(process_, "boom")["error"].get<std::string>().find("boom!"),
            std::string::npos);
  node_.push(process_, "x", "", {{"path", "nosuchfunction"}});
  node_.push(process_, "x", "", {{"path", "balances"}});
  node_.push(process_, "x", "", {{"function", "assert"}, {"parameters", R"([{"balances":{}}])"}});
  EXPECT_NE(eval("while true do end")["error"].get<std::string>().find("gas"), std::string::npos);
  EXPECT_TRUE(eval("local s = 'x' while true do s = s .. s end").contains("error"));
  EXPECT_EQ(output_of("Balances.alice"), "99");
  EXPECT_EQ(read("/now/balances/alice"), "99");
}

TEST_F(VectorsFlow, F18_no_program_sees_the_machine) {
  const ProcessId curious = node_.spawn("Home = os.getenv and os.getenv('HOME')");
  EXPECT_EQ(output_in(node_.push(curious, "Eval", "Home")), "nil");
}

}  // namespace
}  // namespace ao
