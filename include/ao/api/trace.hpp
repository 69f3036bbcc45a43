// What became of a message, as far as its node can tell, and of what it sent.
//
// A value; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ao/base/clock.hpp"
#include "ao/base/ids.hpp"

namespace ao::api {

struct Trace {
  struct Sent {  // by the message: its outgoing messages, in order
    enum class State {
      kScheduled,   // at its target, here: `slot`
      kWaiting,     // in the outbox
      kForwarding,  // on its way to another node
      kForwarded,   // that node took it: `url` can tell more
      kDeadLetter,  // no node took it: `reason`
      kTask,        // an order about scheduled tasks, for this node
      kSettled,     // to a wallet, or refused: it goes nowhere
    };

    std::uint32_t index = 0;
    Bytes target;  // as the process wrote it; of a spawn the new process
    State state = State::kSettled;
    std::optional<MessageId> message;  // by which its target knows it
    std::optional<Slot> slot;
    std::string url, reason;
  };

  ProcessId process;
  Slot slot;
  MessageId message;
  Address signer;
  Timestamp timestamp;  // of the assignment
  bool is_evaluated = false;
  bool is_kept = true;  // its outcome; else it is not told here what it sent
  std::string error;    // of the outcome
  std::vector<Sent> sent;
};

}  // namespace ao::api
