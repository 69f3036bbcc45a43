// What became of a slot: the same bytes on every node that evaluates it (promise P4).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/data_item.hpp"
#include "ao/message/value.hpp"

namespace ao::message {

// Tags as a value: a list of {name, value}.
List tags_value(const Tags& tags);

// Something a process wants sent. Delivery signs it as a data item; but for an assignment, which is
// a message that is scheduled already, by its id as `data`, for one more process.
struct Outgoing {
  enum class Kind { kMessage, kSpawn, kAssignment };

  Kind kind = Kind::kMessage;
  Bytes target;  // as the process wrote it; empty for spawns
  Bytes anchor;
  Tags tags;
  Bytes data;

  Value value() const;
  static Result<Outgoing> from(const Value& value);
  bool operator==(const Outgoing&) const = default;
};

struct Outcome {
  ProcessId process;
  Slot slot;
  MessageId message;
  Value output;                    // what the handlers printed or returned
  std::string error;               // empty when the message was handled
  std::vector<Outgoing> outgoing;  // in order; the position is the outbox index
  List assignments;                // requests to schedule a message elsewhere too
  List patches;                    // maps to merge into the visible state, in order
  std::uint64_t gas_used = 0;

  // The assignments, one for each process that they name; those that name no process or message
  // are left out. In the outbox they come after `outgoing`.
  std::vector<Outgoing> assigned() const;

  // The stored form, and back. Errors: "outcome-malformed".
  Value value() const;
  static Result<Outcome> from(const Value& value);

  // What clients read: {Output, Messages, Spawns, Assignments, Error, GasUsed}; Error only when
  // there is one.
  Value legacy() const;
  bool operator==(const Outcome&) const = default;
};

}  // namespace ao::message
