// What clients bring, and what they are told.
//
// Values; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "ao/base/clock.hpp"
#include "ao/codec/httpsig.hpp"
#include "ao/http/message.hpp"
#include "ao/message/outcome.hpp"
#include "ao/message/tick.hpp"

namespace ao::api {

// What a client sent, and on whose account: a data item, or a request that is signed itself.
struct Upload {
  std::variant<Bytes, codec::Request> content;
  http::Network from{};
  std::optional<ProcessId> assigned{};  // the process that it is for, which need not be its target
};

// A message in its place, with what became of it when that was known in time.
struct Submitted {
  ProcessId process;
  Slot slot;
  MessageId message;
  AssignmentId assignment;
  Timestamp timestamp;
  std::optional<message::Outcome> outcome;  // absent when it took longer than http.push_wait
  std::string node_url;                     // of the node that has its process; empty: this one
  std::uint64_t block_height = 0;           // that its assignment names
};

// What a client asks of a process's scheduled tasks (cron::Order has the fields).
struct TaskOrder {
  std::optional<ProcessId> process;  // whose, or else of which task
  std::optional<TaskId> task;
  message::Tags fields;
  Bytes data;
  bool is_due_at_once = false;   // the first tick does not wait for its time
  std::vector<Address> signers;  // whose signatures the request has
};

}  // namespace ao::api
