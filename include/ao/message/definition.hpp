// What a process is: the facts of the message that spawned it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/data_item.hpp"

namespace ao::message {

struct Definition {
  ProcessId id;
  Address owner;  // the signer, or the process that asked for the spawn
  std::optional<ProcessId> spawned_by;
  std::string module;                // the value of tag Module: an id, or a built-in name
  std::string scheduler;             // the value of tag Scheduler
  std::vector<Address> authorities;  // tags Authority; without one, the scheduler
  Tags tags;

  static Definition of(const DataItem& spawn);

  // The addresses in the tag Scheduler: any of them may order its messages.
  std::vector<Address> schedulers() const;

  // Whether this process believes what `signer` says of other processes (From-Process and the
  // like).
  bool trusts(const Address& signer) const;
};

// What the tag Push-Depth says, when `receiver` believes whoever signed it: its scheduler or an
// authority. Else 0.
std::uint64_t push_depth(const DataItem& item, const Definition& receiver);

}  // namespace ao::message
