// What another node says of messages that were brought to it (POST /~peer@1.0/messages).
//
// Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ao/base/clock.hpp"
#include "ao/http/message.hpp"
#include "ao/message/data_item.hpp"

namespace ao::node {

// It has this slot there, as that node says. Nodes of earlier versions say no more.
struct Taken {
  Slot slot;
  AssignmentId assignment;
  Timestamp timestamp;
};

// Refused for good (kInvalid "peer-refused"), or to be brought again (kUnavailable).
using Fate = Result<Taken>;

// In the order of the messages, which have `bytes` in one request to `url`. Errors: kTooLarge
// "peer-refused" when that was more than it takes at once; kUnavailable when it did not answer for
// them all.
Result<std::vector<Fate>> fates_in(const http::Response& answer, const std::string& url,
                                   std::size_t count, std::size_t bytes);

// One of those messages; with the process that it is assigned to, when that is not its target.
struct Brought {
  message::DataItem item;
  std::optional<ProcessId> assigned{};
};

http::Request bringing(std::vector<Brought> messages);

}  // namespace ao::node
