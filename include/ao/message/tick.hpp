// Which planned time of which scheduled task a message stands for; each is scheduled once (promise
// P6).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "ao/base/clock.hpp"
#include "ao/message/data_item.hpp"

namespace ao {

using TaskId = Id<struct TaskIdTag>;  // of the process and the name of a scheduled task

}  // namespace ao

namespace ao::message {

struct Tick {
  TaskId task;
  Timestamp due;

  bool operator==(const Tick&) const = default;
};

// What the tags Cron-Task and Cron-Time say of a message with Cron=true. Only the word of the node
// that schedules the message counts: whoever asks compares the signer.
std::optional<Tick> claimed_tick(const DataItem& item);

// Tags that make a message a tick.
inline constexpr std::array<std::string_view, 3> kTickTags = {"Cron", "Cron-Task", "Cron-Time"};
bool is_tick_tag(BytesView name);

// Whether the definition of a process asks for scheduled tasks: tags Cron-Interval and
// Cron-Expression.
bool asks_for_tasks(const DataItem& spawn);

}  // namespace ao::message
