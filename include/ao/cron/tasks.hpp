// The scheduled tasks of all processes in memory, by the time at which they are due.
//
// Events in, actions out: it decides what an order makes of a task and what is due, and knows
// neither clock nor disk. What it returns is to be written before anybody is told. One thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <unordered_map>

#include "ao/cron/order.hpp"

namespace ao::cron {

struct Limits {
  std::size_t per_process_max = 100;
  std::size_t total_max = 1'000'000;
  std::chrono::milliseconds interval_least{100};
};

// What a task became: to be written, or to be removed.
struct Change {
  Task task;
  bool is_removal = false;
};

// What is to be done about a task that is due.
struct Plan {
  TaskId task;
  std::uint64_t revision = 0;  // of the task that this was planned for
  std::vector<Timestamp> ticks;
  std::uint64_t missed = 0;
  std::uint64_t skipped = 0;
  std::optional<Timestamp> next;  // nullopt: it has ended
};

// How a process stands to the last tick of a task.
struct Backlog {
  bool last_waits = false;    // it is not evaluated yet
  std::uint64_t waiting = 0;  // messages of the process that are not
};

// What came of the ticks of a plan.
struct Report {
  std::uint64_t scheduled = 0;
  std::optional<Slot> slot;  // of the last one scheduled
  std::string error;         // of the last one, if it was refused for good
};

class Tasks {
 public:
  explicit Tasks(const Limits& limits) : limits_(limits) {}

  void load(Task task);  // one that was stored

  // What an order makes of the process's tasks; `apply` makes it so. Errors: kTooLarge
  // "cron-tasks-max"; kNotFound "cron-task-unknown"; kInvalid "cron-never" for what is never due.
  Result<Change> change(const ProcessId& process, const Order& order,
                        std::string_view set_by) const;
  void apply(const Change& change);

  const Task* find(const TaskId& id) const;
  std::vector<const Task*> of(const ProcessId& process) const;
  std::vector<const Task*> all(std::size_t most) const;
  std::size_t size() const { return tasks_.size(); }

  std::optional<Timestamp> next_due() const;
  std::size_t due_count(Timestamp now) const;
  std::vector<const Task*> due(Timestamp now, std::size_t most) const;  // the earliest first

  // `task` is due.
  Plan plan(const Task& task, const Backlog& backlog, Timestamp now) const;

  // What a carried out plan makes of its task; nullopt when that is not there any more. To be
  // applied.
  std::optional<Change> settle(const Plan& plan, const Report& report) const;

  // Not due again until then, in memory alone: what it needs is not to be had now.
  void put_off(const TaskId& id, Timestamp until);

  // After the clock was set back, or may have been: tasks that would now wait longer than they were
  // told to. To be applied. A time that was due before stays one tick.
  std::vector<Change> after_set_back(Timestamp now) const;

 private:
  struct Entry {
    Task task;
    Timestamp wakes;  // `next`, or later
    std::uint64_t revision = 0;
  };

  void place(Entry& entry);
  void unplace(const Entry& entry);

  Limits limits_;
  std::unordered_map<TaskId, Entry> tasks_;
  std::set<std::pair<Timestamp, TaskId>> due_;  // those that are not paused
  std::map<ProcessId, std::set<TaskId>> of_process_;
  std::uint64_t revisions_ = 0;
};

}  // namespace ao::cron
