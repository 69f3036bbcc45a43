// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/tasks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/assert.hpp"

namespace ao::cron {
namespace {

// Of an order that says nothing of its first time, intervals begin when they are set.
std::optional<Timestamp> first_due(const Order& order) {
  const Rule& rule = *order.rule;
  if (rule.when.kind() == When::Kind::kOnce) return rule.when.next(Timestamp{});
  if (rule.first) {
    if (rule.when.kind() == When::Kind::kEvery) return *rule.first;
    return rule.when.next(Timestamp{std::max<std::uint64_t>(rule.first->milliseconds, 1) - 1});
  }
  if (order.is_due_at_once) return order.at;
  return rule.when.next(order.at);
}

// The first time after `now` in the rhythm that the task has.
std::optional<Timestamp> resumed(const Task& task, Timestamp now) {
  if (task.next > now || task.rule.when.kind() == When::Kind::kOnce) return task.next;
  return task.rule.when.next(task.rule.when.last(task.next, now));
}

}  // namespace

void Tasks::load(Task task) {
  apply({std::move(task)});
}

void Tasks::place(Entry& entry) {
  if (!entry.task.is_paused) due_.emplace(entry.wakes, entry.task.id);
}

void Tasks::unplace(const Entry& entry) {
  due_.erase({entry.wakes, entry.task.id});
}

Result<Change> Tasks::change(const ProcessId& process, const Order& order,
                             std::string_view set_by) const {
  const TaskId id = task_id(process, order.name);
  const Task* known = find(id);
  if (order.action != Order::Action::kSet) {
    if (known == nullptr) return fail(ErrorKind::kNotFound, "cron-task-unknown", "Task not found.");
    Change change{*known, order.action == Order::Action::kStop};
    change.task.is_paused = order.action == Order::Action::kPause;
    if (order.action == Order::Action::kResume && known->is_paused) {
      const auto next = resumed(*known, order.at);
      if (next) change.task.next = *next;
      change.is_removal = !next;
    }
    return change;
  }
  const auto of = of_process_.find(process);
  if (known == nullptr && of != of_process_.end() && of->second.size() >= limits_.per_process_max)
    return fail(ErrorKind::kTooLarge, "cron-tasks-max",
                fmt::format("process {} has {} tasks, which is the limit", process.text(),
                            of->second.size()));
  if (known == nullptr && tasks_.size() >= limits_.total_max)
    return fail(ErrorKind::kTooLarge, "cron-tasks-max",
                fmt::format("this node has {} tasks, which is the limit", tasks_.size()));
  if (known != nullptr && known->rule == *order.rule && !known->is_paused)
    return Change{*known};  // who says the same again does not put it off
  const auto next = first_due(order);
  if (!next || (order.rule->until && *next > *order.rule->until))
    return fail(ErrorKind::kInvalid, "cron-never", "the task would never be due");
  Task task{.id = id,
            .process = process,
            .name = order.name,
            .set_by = std::string(set_by),
            .set_at = order.at,
            .rule = *order.rule,
            .is_paused = false,
            .next = *next,
            .history = {}};
  return Change{std::move(task)};
}

void Tasks::apply(const Change& change) {
  const TaskId& id = change.task.id;
  const auto found = tasks_.find(id);
  if (found != tasks_.end()) unplace(found->second);
  if (change.is_removal) {
    if (found == tasks_.end()) return;
    const auto of = of_process_.find(change.task.process);
    of->second.erase(id);
    if (of->second.empty()) of_process_.erase(of);
    tasks_.erase(found);
    return;
  }
  const bool is_other = found == tasks_.end() || !(found->second.task.rule == change.task.rule) ||
                        found->second.task.next != change.task.next;
  Entry entry{change.task, change.task.next, is_other ? ++revisions_ : found->second.revision};
  place(entry);
  of_process_[change.task.process].insert(id);
  tasks_.insert_or_assign(id, std::move(entry));
}

const Task* Tasks::find(const TaskId& id) const {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : &found->second.task;
}

std::vector<const Task*> Tasks::of(const ProcessId& process) const {
  std::vector<const Task*> found;
  if (const auto of = of_process_.find(process); of != of_process_.end())
    for (const TaskId& id : of->second)
      found.push_back(&tasks_.at(id).task);
  return found;
}

std::vector<const Task*> Tasks::all(std::size_t most) const {
  std::vector<const Task*> found;
  for (const auto& [process, ids] : of_process_)
    for (const TaskId& id : ids) {
      if (found.size() == most) return found;
      found.push_back(&tasks_.at(id).task);
    }
  return found;
}

std::optional<Timestamp> Tasks::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

std::size_t Tasks::due_count(Timestamp now) const {
  std::size_t count = 0;
  for (auto it = due_.begin(); it != due_.end() && it->first <= now; ++it)
    ++count;
  return count;
}

std::vector<const Task*> Tasks::due(Timestamp now, std::size_t most) const {
  std::vector<const Task*> found;
  for (auto it = due_.begin(); it != due_.end() && it->first <= now && found.size() < most; ++it)
    found.push_back(&tasks_.at(it->second).task);
  return found;
}

std::optional<Change> Tasks::settle(const Plan& plan, const Report& report) const {
  const auto found = tasks_.find(plan.task);
  if (found == tasks_.end()) return std::nullopt;
  const Entry& entry = found->second;
  Change change{entry.task};
  History& history = change.task.history;
  history.runs += report.scheduled;
  history.missed += plan.missed;
  history.skipped += plan.skipped;
  if (!plan.ticks.empty()) {
    history.last_due = plan.ticks.back();
    history.last_error = report.error;
  }
  if (report.slot) history.last_slot = report.slot;
  if (entry.revision != plan.revision) return change;  // it was told something else meanwhile
  if (plan.next) change.task.next = *plan.next;
  const bool is_spent = change.task.rule.runs_max > 0 && history.runs >= change.task.rule.runs_max;
  change.is_removal = !plan.next || is_spent;
  return change;
}

void Tasks::put_off(const TaskId& id, Timestamp until) {
  const auto found = tasks_.find(id);
  if (found == tasks_.end()) return;
  unplace(found->second);
  found->second.wakes = until;
  place(found->second);
}

std::vector<Change> Tasks::after_set_back(Timestamp now) const {
  std::vector<Change> changes;
  for (const auto& [id, entry] : tasks_) {
    const Task& task = entry.task;
    const When& when = task.rule.when;
    if (when.kind() == When::Kind::kOnce || task.next <= now) continue;
    const Timestamp before_first{
        std::max<std::uint64_t>(task.rule.first.value_or(Timestamp{1}).milliseconds, 1) - 1};
    auto next = when.next(std::max(now, before_first));
    if (!next || *next >= task.next) continue;
    // Another rhythm than before, so that no new time is taken for one that was due before.
    if (when.kind() == When::Kind::kEvery &&
        (task.next.milliseconds - next->milliseconds) % when.interval_ms() == 0)
      ++next->milliseconds;
    Change change{task};
    change.task.next = *next;
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace ao::cron
