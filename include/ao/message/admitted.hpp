// A message that was decoded, found within every limit, and verified.
//
// The only way to hold one is to be given it by `admission`: nothing unverified can be scheduled
// (promise P11).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/origin.hpp"
#include "ao/message/tick.hpp"

namespace ao::admission {
class Admission;
}

namespace ao::message {

class Admitted {
 public:
  enum class Kind {
    kSpawn,    // Type: Process; names the process that it starts
    kMessage,  // has a target process
    kData,     // anything else, modules above all: kept, not scheduled
  };

  Kind kind() const { return kind_; }
  const DataItem& item() const { return item_; }
  const MessageId& id() const { return item_.id(); }
  const ProcessId& process() const { return process_; }  // of spawns and messages
  bool is_assigned() const { return is_assigned_; }      // sent to another process
  const Address& signer() const { return signer_; }
  const std::optional<Origin>& origin() const { return origin_; }  // when this node pushed it
  const std::optional<Tick>& tick() const { return tick_; }        // when it is a tick of this node

 private:
  friend class ao::admission::Admission;
  Admitted(Kind kind, DataItem item) : kind_(kind), item_(std::move(item)) {}

  Kind kind_;
  DataItem item_;
  ProcessId process_;
  bool is_assigned_ = false;
  Address signer_;
  std::optional<Origin> origin_;
  std::optional<Tick> tick_;
};

}  // namespace ao::message
