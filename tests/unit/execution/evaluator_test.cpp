// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/execution/evaluator.hpp"

#include <gtest/gtest.h>

#include <random>

#include "ao/admission/admission.hpp"
#include "ao/message/cbor.hpp"
#include "ao/schedule/schedule.hpp"
#include "support/workbench.hpp"

namespace ao::execution {
namespace {

using message::Assignment;
using message::DataItem;
using message::Outcome;

constexpr const char* kLedger = R"(
total = total or 0
seen = seen or {}
Handlers.add("put", "Put", function(msg)
  total = total + tonumber(msg.Data)
  seen[#seen + 1] = {}
  msg.reply({ Action = "Total", Data = tostring(total) .. " " .. #seen })
  Send({ device = "patch@1.0", total = total })
end)
Handlers.add("fail", "Fail", function() total = -1 seen = nil error({ code = 3 }) end)
Handlers.add("raise", "Raise", function() total = -1 error("no reason") end)
Handlers.add("spin", "Spin", function()
  total = -1
  while true do pcall(function() while true do end end) end
end)
Handlers.add("work", "Work", function() for i = 1, 900000 do end end)
Handlers.add("flood", "Flood", function(msg)
  for i = 1, 101 do Send({ Target = msg.From, Data = "x" }) end
end)
Handlers.add("bad-key", "Bad-Key", function() Send({ device = "patch@1.0", ["a/b"] = 1 }) end)
)";

// A schedule of one process, made by the real scheduler.
class EvaluatorTest : public testing::Test {
 protected:
  EvaluatorTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    settings.cache_bytes = 1 << 20;
    store_ = store::Store::open(settings);
    schedule_ =
        std::make_unique<schedule::Schedule>(schedule::Settings{}, *store_, *key_, clock_, cpu_);
    module_ = test::sign(test::module_draft(kLedger, "ledger.lua"), *key_);
    append(test::spawn_draft(module_->id().text(), key_->address()));
  }

  void append(const message::Draft& draft) {
    auto admitted = admission_.admit(test::sign(draft, *key_).bytes());
    ASSERT_TRUE(admitted);
    if (!process_) process_ = admitted->process();
    ASSERT_TRUE(test::await(cpu_, schedule_->append(std::move(*admitted))));
  }

  void send(const std::string& action, const std::string& data = "") {
    auto draft = test::message_draft(*process_, action, data);
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, ++anchors_);
    append(draft);
  }

  std::vector<Assignment> log() {
    return schedule_->log().read(*process_, Slot{0}, 100'000, 1 << 30);
  }

  std::unique_ptr<Evaluator> evaluator() {
    const auto definition = message::Definition::of(log().front().body());
    auto made = Evaluator::create(settings_, definition, module_);
    EXPECT_TRUE(made) << (made ? "" : made.error().text);
    return std::move(*made);
  }

  // The whole log.
  std::vector<Outcome> run(Evaluator& evaluator) {
    std::vector<Outcome> outcomes;
    for (const auto& assignment : log())
      outcomes.push_back(evaluator.run(assignment));
    return outcomes;
  }

  test::Folder folder_;
  test::FakeClock clock_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, key_->address()};
  async::Pool cpu_{"cpu", 2};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<schedule::Schedule> schedule_;
  std::optional<DataItem> module_;
  std::optional<ProcessId> process_;
  Settings settings_{.gas_per_message = 3'000'000, .memory_bytes = 16 << 20};
  std::uint64_t anchors_ = 0;
};

TEST_F(EvaluatorTest, handles_messages_in_order_and_keeps_state) {
  send("Put", "2");
  send("Put", "3");
  const auto live = evaluator();
  const auto outcomes = run(*live);
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[1].outgoing.at(0).data, "2 1") << outcomes[1].error;
  EXPECT_EQ(outcomes[2].outgoing.at(0).data, "5 2") << outcomes[2].error;
  EXPECT_GT(outcomes[2].gas_used, 0u);
  EXPECT_EQ(live->next(), Slot{3});
}

// A dry run takes a savepoint first.
TEST_F(EvaluatorTest, outcomes_do_not_depend_on_savepoints_or_on_failures_between) {
  std::mt19937 random(7);
  const std::vector<std::string> actions = {"Put", "Put", "Put", "Fail", "Raise", "Nobody"};
  for (int i = 0; i < 120; ++i)
    send(actions[random() % actions.size()], std::to_string(i));
  std::vector<Bytes> expected;
  for (const std::size_t every : {1'000, 1, 2, 7, 30}) {
    const auto live = evaluator();
    std::vector<Bytes> bytes;
    for (const auto& assignment : log()) {
      bytes.push_back(message::to_cbor(live->run(assignment).value()));
      if (bytes.size() % every == 0) live->dry_run({assignment.body()}, clock_.now());
    }
    if (expected.empty()) expected = bytes;
    EXPECT_EQ(bytes, expected) << every;
  }
}

TEST_F(EvaluatorTest, a_failing_message_leaves_the_state_as_before) {
  send("Put", "1");
  for (const char* action : {"Fail", "Raise", "Spin", "Flood", "Bad-Key"})
    send(action);
  send("Put", "1");
  const auto live = evaluator();
  const auto outcomes = run(*live);
  for (std::size_t i = 2; i <= 6; ++i) {
    EXPECT_FALSE(outcomes[i].error.empty()) << i;
    EXPECT_TRUE(outcomes[i].outgoing.empty()) << i;
    EXPECT_TRUE(outcomes[i].patches.empty()) << i;
  }
  EXPECT_NE(outcomes[3].error.find("ledger.lua:"), std::string::npos) << outcomes[3].error;
  EXPECT_NE(outcomes[3].error.find("no reason"), std::string::npos) << outcomes[3].error;
  EXPECT_NE(outcomes[4].error.find("out of gas"), std::string::npos) << outcomes[4].error;
  EXPECT_NE(outcomes[5].error.find("100"), std::string::npos) << outcomes[5].error;
  EXPECT_EQ(outcomes[7].outgoing.at(0).data, "2 2") << outcomes[7].error;
}

TEST_F(EvaluatorTest, a_dry_run_changes_nothing) {
  send("Put", "4");
  const auto live = evaluator();
  run(*live);
  const auto item = test::sign(test::message_draft(*process_, "Put", "10"), *key_);
  EXPECT_EQ(live->dry_run({item}, clock_.now()).outgoing.at(0).data, "14 2");
  EXPECT_EQ(live->dry_run({item}, clock_.now()).outgoing.at(0).data, "14 2");
  EXPECT_EQ(live->next(), Slot{2});
}

TEST_F(EvaluatorTest, a_module_that_does_not_load_fails_every_slot) {
  module_ = test::sign(test::module_draft("error('not today')", "broken.lua"), *key_);
  process_.reset();
  append(test::spawn_draft(module_->id().text(), key_->address()));
  send("Put", "1");
  const auto live = evaluator();
  for (const auto& outcome : run(*live)) {
    EXPECT_NE(outcome.error.find("broken.lua:1: not today"), std::string::npos) << outcome.error;
  }
}

TEST_F(EvaluatorTest, failing_messages_cost_at_most_three_times_good_ones) {
  for (int i = 0; i < 64; ++i)
    send(i % 2 == 0 ? "Put" : "Raise", "1");
  const auto live = evaluator();
  std::uint64_t charged = 0;
  for (const auto& outcome : run(*live))
    charged += outcome.gas_used;
  EXPECT_LE(live->gas_spent(), 3 * charged);
}

TEST_F(EvaluatorTest, a_failure_repeats_at_most_the_work_since_a_savepoint) {
  constexpr std::uint64_t kRepeatedMax = 4'000'000;
  for (int i = 0; i < 22; ++i)
    send("Work");  // some 0.9 million each: without a bound by gas, seven would be repeated
  send("Raise");
  const auto live = evaluator();
  std::uint64_t charged = 0, last = 0;
  for (const Assignment& assignment : log()) {
    const Outcome outcome = live->run(assignment);
    if (outcome.error.empty()) last = outcome.gas_used;
    charged += outcome.gas_used;
  }
  ASSERT_GT(7 * last, kRepeatedMax);
  EXPECT_LT(live->gas_spent() - charged, kRepeatedMax);
}

}  // namespace
}  // namespace ao::execution
