// What somebody wants done to a process's scheduled tasks, read from names and values.
//
//   action       every, at, expression, once (now), stop, pause, resume
//   name         of the task; without one it is named by what it says
//   interval     of every            zone        of expression, else UTC
//   expression   of expression       time        of at
//   first until  times between which it is due
//   runs         after which it ends
//   missed       once, all, skip     overlap     skip, queue
//   Cron-Tag-X   a tag X of the ticks
//
// Names have no case. A process says these to device cron@1.0; its definition in tags of its own;
// everybody else over HTTP. Pure functions.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/cron/task.hpp"

namespace ao::cron {

struct Order {
  enum class Action { kSet, kStop, kPause, kResume };

  Action action = Action::kSet;
  std::string name;
  Timestamp at;                 // when it was given
  std::optional<Rule> rule;     // of kSet
  bool is_due_at_once = false;  // of kSet: its first tick does not wait for its time

  // Errors: "cron-action", "cron-field" for one that is missing, unknown or malformed,
  // "cron-tag-reserved"; kTooLarge "cron-task-size"; those of When.
  static Result<Order> from(const message::Tags& fields, Bytes data,
                            std::chrono::milliseconds interval_least, Timestamp now);
};

// The fields of what a definition asks for: each tag Cron-Interval or Cron-Expression with those
// behind it (Cron-Zone, Cron-Tag-X). The tasks are named definition-1, definition-2, …
std::vector<message::Tags> orders_in_definition(const message::Tags& definition);

// Whether an outgoing message is for this device.
bool is_order(const message::Tags& tags);

}  // namespace ao::cron
