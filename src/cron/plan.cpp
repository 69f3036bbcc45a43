// What is to be done about a task that is due.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/assert.hpp"
#include "ao/cron/tasks.hpp"

namespace ao::cron {
namespace {

// Later than this a time was missed: longer than a busy node needs, and than it sleeps.
constexpr std::uint64_t kGraceMs = 5'000;
constexpr std::uint64_t kCountedMax = 1'000;  // of the times of an expression

// The times from `first` to `last` that each get a tick, when all do: if they are too many, the
// last one stands for those behind.
std::vector<Timestamp> times(const When& when, Timestamp first, Timestamp last) {
  std::vector<Timestamp> ticks = {first};
  while (ticks.back() < last && ticks.size() + 1 < kMadeUpMax)
    ticks.push_back(*when.next(ticks.back()));
  if (ticks.back() < last) ticks.push_back(last);
  return ticks;
}

}  // namespace

Plan Tasks::plan(const Task& task, const Backlog& backlog, Timestamp now) const {
  AO_ASSERT(task.next <= now);
  const Rule& rule = task.rule;
  Plan plan;
  plan.task = task.id;
  plan.revision = tasks_.at(task.id).revision;
  const Timestamp horizon = std::min(now, rule.until.value_or(now));
  if (task.next > horizon) return plan;  // over

  const Timestamp last = rule.when.last(task.next, horizon);
  const std::uint64_t count = rule.when.count(task.next, last, kCountedMax);
  const bool is_late = now.milliseconds - last.milliseconds > kGraceMs;
  if (rule.missed == Missed::kAll) {
    plan.ticks = times(rule.when, task.next, last);
  } else if (rule.missed == Missed::kOnce || !is_late) {
    plan.ticks = {last};
  }
  if (rule.runs_max > 0 && plan.ticks.size() > rule.runs_max - task.history.runs)
    plan.ticks.resize(rule.runs_max - task.history.runs);
  plan.missed = count > plan.ticks.size() ? count - plan.ticks.size() : 0;

  const bool is_held =
      rule.overlap == Overlap::kQueue ? backlog.waiting >= kQueuedMax : backlog.last_waits;
  if (is_held) {
    plan.skipped = plan.ticks.size();
    plan.ticks.clear();
  }
  plan.next = rule.when.next(last);
  if (plan.next && rule.until && *plan.next > *rule.until) plan.next.reset();
  return plan;
}

}  // namespace ao::cron
