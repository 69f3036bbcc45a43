// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/tasks.hpp"

#include <gtest/gtest.h>

#include "ao/cron/crontab.hpp"
#include "ao/crypto/key.hpp"

namespace ao::cron {
namespace {

using std::chrono::milliseconds;

const ProcessId kProcess = *ProcessId::from_bytes(Bytes(32, 'p'));
constexpr std::uint64_t kStart = 1'000'000'000'000;

class TasksTest : public testing::Test {
 protected:
  Result<Order> order(message::Tags fields, std::uint64_t at = kStart) {
    return Order::from(fields, "data", milliseconds(100), Timestamp{at});
  }

  const Task* set(message::Tags fields, std::uint64_t at = kStart) {
    const auto read = order(std::move(fields), at);
    if (!read) throw std::runtime_error(read.error().text);
    const auto change = tasks_.change(kProcess, *read, "process");
    if (!change) throw std::runtime_error(change.error().text);
    tasks_.apply(*change);
    return tasks_.find(change->task.id);
  }

  std::string_view refusal(message::Tags fields, std::uint64_t at = kStart) {
    const auto read = order(std::move(fields), at);
    if (!read) return read.error().code;
    const auto change = tasks_.change(kProcess, *read, "process");
    return change ? std::string_view("accepted") : change.error().code;
  }

  // What is done about the one task that is due, if its ticks are all scheduled; their times after
  // the start.
  std::vector<std::uint64_t> tick(std::uint64_t now, Backlog backlog = {}) {
    const auto due = tasks_.due(Timestamp{now}, 10);
    if (due.empty()) return {};
    const Plan plan = tasks_.plan(*due.front(), backlog, Timestamp{now});
    Report report{plan.ticks.size(), {}, {}};
    if (!plan.ticks.empty()) report.slot = Slot{slots_ += plan.ticks.size()};
    if (const auto settled = tasks_.settle(plan, report)) tasks_.apply(*settled);
    std::vector<std::uint64_t> times;
    for (const Timestamp one : plan.ticks)
      times.push_back(one.milliseconds - kStart);
    return times;
  }

  using Times = std::vector<std::uint64_t>;

  Tasks tasks_{Limits{3, 4, milliseconds(100)}};
  std::uint64_t slots_ = 0;
};

TEST_F(TasksTest, a_task_is_due_at_each_interval_from_when_it_was_set) {
  set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}});
  EXPECT_EQ(tasks_.next_due(), Timestamp{kStart + 10'000});
  EXPECT_EQ(tick(kStart + 9'999), Times());
  EXPECT_EQ(tick(kStart + 10'003), Times{10'000});
  EXPECT_EQ(tick(kStart + 10'004), Times());
  EXPECT_EQ(tick(kStart + 20'000), Times{20'000});  // no drift
}

TEST_F(TasksTest, one_tick_stands_for_all_that_were_missed) {
  const Task* task = set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}});
  EXPECT_EQ(tick(kStart + 3'600'123), Times{3'600'000});
  EXPECT_EQ(tasks_.find(task->id)->history.missed, 359U);
  EXPECT_EQ(tasks_.next_due(), Timestamp{kStart + 3'610'000});
}

TEST_F(TasksTest, missed_ones_are_made_up_for_up_to_a_limit) {
  const Task* task =
      set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}, {"Missed", "all"}});
  EXPECT_EQ(tick(kStart + 35'000), (Times{10'000, 20'000, 30'000}));
  EXPECT_EQ(tasks_.find(task->id)->history.missed, 0U);
  const Times many = tick(kStart + 10'000'000);
  EXPECT_EQ(many.size(), kMadeUpMax);
  EXPECT_EQ(many.front(), 40'000U);
  EXPECT_EQ(many.back(), 10'000'000U);
  EXPECT_EQ(tasks_.find(task->id)->history.missed, 997 - kMadeUpMax);
}

TEST_F(TasksTest, missed_ones_are_left_out) {
  const Task* task =
      set({{"Action", "every"}, {"Name", "a"}, {"Interval", "1-hour"}, {"Missed", "skip"}});
  EXPECT_EQ(tick(kStart + 3 * 3'600'000 + 600'000), Times());
  EXPECT_EQ(tasks_.find(task->id)->history.missed, 3U);
  EXPECT_EQ(tick(kStart + 4 * 3'600'000 + 2'000), Times{4 * 3'600'000});  // merely late
}

TEST_F(TasksTest, a_time_is_skipped_while_the_tick_before_waits) {
  const Task* task = set({{"Action", "every"}, {"Name", "a"}, {"Interval", "1-second"}});
  EXPECT_EQ(tick(kStart + 1'000), Times{1'000});
  EXPECT_EQ(tick(kStart + 2'000, {true, 1}), Times());
  EXPECT_EQ(tasks_.find(task->id)->history.skipped, 1U);
  EXPECT_EQ(tick(kStart + 3'000, {false, 0}), Times{3'000});
}

TEST_F(TasksTest, a_queueing_task_does_not_wait_until_too_much_does) {
  set({{"Action", "every"}, {"Name", "a"}, {"Interval", "1-second"}, {"Overlap", "queue"}});
  EXPECT_EQ(tick(kStart + 1'000, {true, 1}), Times{1'000});
  EXPECT_EQ(tick(kStart + 2'000, {true, kQueuedMax}), Times());
}

TEST_F(TasksTest, ends_after_its_runs_and_at_its_time) {
  set({{"Action", "every"}, {"Name", "a"}, {"Interval", "1-second"}, {"Runs", "2"}});
  tick(kStart + 1'000);
  EXPECT_EQ(tasks_.size(), 1U);
  tick(kStart + 2'000);
  EXPECT_EQ(tasks_.size(), 0U);
  set({{"Action", "every"},
       {"Name", "b"},
       {"Interval", "1-second"},
       {"Until", std::to_string(kStart + 2'500)}});
  EXPECT_EQ(tick(kStart + 1'000), Times{1'000});
  EXPECT_EQ(tick(kStart + 99'000), Times{2'000});
  EXPECT_EQ(tasks_.size(), 0U);
  set({{"Action", "at"}, {"Name", "c"}, {"Time", std::to_string(kStart + 5'000)}});
  EXPECT_EQ(tick(kStart + 5'000), Times{5'000});
  EXPECT_EQ(tasks_.size(), 0U);
}

TEST_F(TasksTest, runs_that_are_made_up_for_count) {
  set({{"Action", "every"},
       {"Name", "a"},
       {"Interval", "1-second"},
       {"Runs", "2"},
       {"Missed", "all"}});
  EXPECT_EQ(tick(kStart + 9'000), (Times{1'000, 2'000}));
  EXPECT_EQ(tasks_.size(), 0U);
}

TEST_F(TasksTest, a_paused_task_is_not_due_and_goes_on_in_its_rhythm) {
  set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}});
  set({{"Action", "pause"}, {"Name", "a"}});
  EXPECT_EQ(tasks_.next_due(), std::nullopt);
  set({{"Action", "resume"}, {"Name", "a"}}, kStart + 25'000);
  EXPECT_EQ(tick(kStart + 29'999), Times());
  EXPECT_EQ(tick(kStart + 30'000), Times{30'000});
}

TEST_F(TasksTest, the_same_name_is_the_same_task) {
  const TaskId first = set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}})->id;
  // Said again it goes on; said otherwise it begins anew.
  set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}}, kStart + 9'000);
  EXPECT_EQ(tasks_.next_due(), Timestamp{kStart + 10'000});
  const Task* changed =
      set({{"Action", "every"}, {"Name", "a"}, {"Interval", "20-seconds"}}, kStart + 9'000);
  EXPECT_EQ(changed->id, first);
  EXPECT_EQ(tasks_.next_due(), Timestamp{kStart + 29'000});
  EXPECT_EQ(tasks_.size(), 1U);
}

TEST_F(TasksTest, a_task_changed_while_its_tick_is_scheduled_keeps_the_change) {
  const Task* task = set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}});
  const TaskId id = task->id;
  const Plan plan = tasks_.plan(*task, {}, Timestamp{kStart + 10'000});
  set({{"Action", "every"}, {"Name", "a"}, {"Interval", "1-hour"}}, kStart + 10'000);
  tasks_.apply(tasks_.settle(plan, {1, Slot{7}, {}}).value());
  EXPECT_EQ(tasks_.find(id)->next, Timestamp{kStart + 10'000 + 3'600'000});
  EXPECT_EQ(tasks_.find(id)->history.last_slot, Slot{7});
  set({{"Action", "stop"}, {"Name", "a"}});
  EXPECT_FALSE(tasks_.settle(plan, {1, Slot{8}, {}}));
}

TEST_F(TasksTest, limits_are_told) {
  for (const char* name : {"a", "b", "c"})
    set({{"Action", "every"}, {"Name", name}, {"Interval", "10-seconds"}});
  EXPECT_EQ(refusal({{"Action", "every"}, {"Name", "d"}, {"Interval", "10-seconds"}}),
            "cron-tasks-max");
  EXPECT_EQ(refusal({{"Action", "every"}, {"Name", "a"}, {"Interval", "20-seconds"}}), "accepted");
  EXPECT_EQ(refusal({{"Action", "stop"}, {"Name", "x"}}), "cron-task-unknown");
  EXPECT_EQ(refusal({{"Action", "every"}, {"Name", "a"}}), "cron-field");
  EXPECT_EQ(refusal({{"Action", "dance"}}), "cron-action");
  EXPECT_EQ(refusal({{"Action", "stop"}}), "cron-field");
  EXPECT_EQ(refusal({{"Action", "every"}, {"Interval", "1-hour"}, {"Cron-Tag-From-Process", "x"}}),
            "cron-tag-reserved");
  EXPECT_EQ(refusal({{"Action", "every"}, {"Interval", "1-hour"}, {"Cron-Tag-Cron", "x"}}),
            "cron-tag-reserved");
  EXPECT_EQ(refusal({{"Action", "every"}, {"Interval", "1-hour"}, {"Colour", "x"}}), "cron-field");
  EXPECT_EQ(refusal({{"Action", "every"}, {"Interval", "1-hour"}, {"Runs", "0"}}), "cron-field");
  EXPECT_EQ(refusal({{"Action", "every"},
                     {"Name", "a"},
                     {"Interval", "1-hour"},
                     {"Until", std::to_string(kStart)}}),
            "cron-never");
  EXPECT_EQ(
      refusal({{"Action", "every"}, {"Interval", "1-hour"}, {"Cron-Tag-X", Bytes(4000, 'x')}}),
      "cron-task-size");
}

TEST_F(TasksTest, a_clock_set_back_makes_no_task_wait_longer) {
  const TaskId every = set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}})->id;
  const TaskId later = set({{"Action", "every"},
                            {"Name", "b"},
                            {"Interval", "10-seconds"},
                            {"First", std::to_string(kStart + 50'000)}})
                           ->id;
  tick(kStart + 3'600'000);
  const std::uint64_t back = kStart - 20'000;
  for (const Change& change : tasks_.after_set_back(Timestamp{back}))
    tasks_.apply(change);
  // A new rhythm, so that no time is one that was due before.
  EXPECT_EQ(tasks_.find(every)->next, Timestamp{back + 10'001});
  EXPECT_EQ(tasks_.find(later)->next, Timestamp{kStart + 50'000});  // as it was told
}

TEST_F(TasksTest, what_is_put_off_is_due_again_then) {
  const Task* task = set({{"Action", "every"}, {"Name", "a"}, {"Interval", "10-seconds"}});
  tasks_.put_off(task->id, Timestamp{kStart + 12'000});
  EXPECT_EQ(tick(kStart + 11'000), Times());
  EXPECT_EQ(tick(kStart + 12'000), Times{10'000});
}

TEST_F(TasksTest, is_kept_as_a_value) {
  const Task* task = set({{"Action", "expression"},
                          {"Name", "a"},
                          {"Expression", "30 2 * * mon"},
                          {"Zone", "Europe/Berlin"},
                          {"Runs", "5"},
                          {"Missed", "all"},
                          {"Overlap", "queue"},
                          {"Cron-Tag-Action", "Tick"}});
  Task changed = *task;
  changed.history = {3, 2, 1, Timestamp{5}, Slot{9}, "why"};
  changed.is_paused = true;
  EXPECT_EQ(Task::from(changed.value()).value(), changed);
  EXPECT_EQ(changed.rule.tags, (message::Tags{{"Action", "Tick"}}));
  EXPECT_FALSE(Task::from(message::Value(message::Map{{"process", "x"}})));
}

TEST(Definition, each_interval_is_followed_by_the_tags_of_its_ticks) {
  const auto orders = orders_in_definition({{"Name", "p"},
                                            {"Cron-Tag-Lost", "x"},
                                            {"Cron-Interval", "10-minutes"},
                                            {"Cron-Tag-Action", "A"},
                                            {"cron-expression", "0 0 * * *"},
                                            {"Cron-Zone", "Europe/Berlin"},
                                            {"Cron-Tag-Action", "B"},
                                            {"Cron-Interval", "100-blocks"}});
  ASSERT_EQ(orders.size(), 3U);
  const auto read = [](const message::Tags& fields) {
    return Order::from(fields, {}, milliseconds(100), Timestamp{kStart});
  };
  EXPECT_EQ(read(orders[0])->rule->tags, (message::Tags{{"Action", "A"}}));
  EXPECT_EQ(read(orders[0])->name, "definition-1");
  EXPECT_EQ(read(orders[1])->rule->when.zone(), "Europe/Berlin");
  EXPECT_EQ(read(orders[1])->rule->tags, (message::Tags{{"Action", "B"}}));
  EXPECT_EQ(read(orders[2]).error().code, "cron-interval");
}

TEST(CronTick, is_the_same_content_each_time_it_is_made) {
  const auto key = crypto::Key::new_ed25519();
  const auto order = Order::from({{"action", "every"}, {"interval", "1-hour"}, {"name", "a"}}, "d",
                                 milliseconds(100), Timestamp{kStart});
  Tasks tasks{Limits{}};
  const Task task = tasks.change(kProcess, *order, "process").value().task;
  const auto item = tick(task, Timestamp{5}, *key).value();
  EXPECT_EQ(item.content(), tick(task, Timestamp{5}, *key)->content());
  EXPECT_NE(item.content(), tick(task, Timestamp{6}, *key)->content());
  EXPECT_EQ(message::claimed_tick(item), (message::Tick{task.id, Timestamp{5}}));
  EXPECT_EQ(item.target(), kProcess.bytes());
}

}  // namespace
}  // namespace ao::cron
