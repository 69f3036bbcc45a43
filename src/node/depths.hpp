// How many messages led to one, each sent by a process because of the one before.
//
// What a client or a scheduled task sends has depth 0. A loop of processes that answer each other
// ends at delivery.depth_max. Whoever sends for a process writes the depth into the message;
// others' word about it does not count. Reads the log; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/message/definition.hpp"
#include "ao/schedule/log.hpp"

namespace ao::node {

class Depths {
 public:
  Depths(const schedule::Log& log, const message::Definition& sender)
      : log_(log), sender_(sender) {}

  // Of what the process sends because of the message in that slot.
  std::uint64_t after(Slot slot) {
    if (slot_ == slot) return depth_;
    const auto assignment = log_.read(sender_.id, slot);
    slot_ = slot;
    depth_ = assignment ? 1 + message::push_depth(assignment->body(), sender_) : 1;
    return depth_;
  }

 private:
  const schedule::Log& log_;
  const message::Definition& sender_;
  std::optional<Slot> slot_;
  std::uint64_t depth_ = 1;
};

}  // namespace ao::node
