// How settlement goes, for people and for alarms.
//
// Values, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "ao/settlement/record.hpp"

namespace ao::settlement {

struct Summary {
  struct Endpoint {
    std::string url;
    unsigned failures = 0;  // in a row
    std::string reason;     // of the last
  };

  struct Wallet {  // that pays nodes; winston
    Address address;
    std::optional<std::uint64_t> balance;  // as a node told it last
    std::uint64_t spent = 0;               // within a day
    std::uint64_t spend_max = 0;
  };

  bool is_on = false;
  bool is_known = false;                   // false: the node has begun, and not looked yet
  std::uint64_t backlog_messages = 0;      // scheduled and not confirmed
  std::uint64_t backlog_bytes = 0;         // of them, and of what is with them in bundles
  std::chrono::milliseconds oldest_age{};  // of the first of them; 0 when there is none
  std::map<State, std::uint64_t> bundles;
  std::vector<Endpoint> bundlers;
  std::vector<Endpoint> nodes;
  std::vector<Endpoint> gateways;
  std::optional<Wallet> wallet;
  std::string warning;  // empty: the backlog is not too old, and all is paid for
  std::string failure;  // empty, or why nothing is settled until the next start
};

// Where a message, or an item that is not scheduled, is on its way.
struct Place {
  std::optional<ProcessId> process;  // none of an item that is not scheduled
  Slot slot;
  AssignmentId assignment;
  std::optional<Record> bundle;  // none while it waits for one
};

}  // namespace ao::settlement
