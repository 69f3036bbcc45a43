// The relay arrow: a client's message for a process of another node, or its spawn ─▶ admission
// there.
//
// The client is answered with the slot that the other node says. Nothing is kept here: when that
// node cannot be reached the client is told so, and may send the message again, here or there.
// What other nodes bring is never relayed, so that nothing goes in circles. Any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "homes.hpp"

namespace ao::node {

class Relaying {
 public:
  Relaying(Homes& homes, Peering& peering, Metrics& metrics)
      : homes_(homes), peering_(peering), metrics_(metrics) {}

  // Whether it may have somewhere to go: a message for a process that is not here, or a spawn that
  // names another scheduler. Any thread.
  bool takes(const message::Admitted& message) const;

  // Ends within the time that looking around for the process's node and one request may take, about
  // half a minute. Errors: kNotFound "process-unknown" when no node that was asked knows it; kBusy
  // "relay-busy"; kUnavailable "peers-silent", "peer-refused" and those of http::ClientPool;
  // kInvalid "peer-refused" for what its node refuses for good.
  Task<Result<Placed>> relay(message::Admitted message);

 private:
  Task<Result<Address>> home_of(const message::Admitted& message);
  Task<Result<Placed>> bring(message::Admitted message, Address home);

  Homes& homes_;
  Peering& peering_;
  Metrics& metrics_;
  std::atomic<std::size_t> searches_ = 0, requests_ = 0;  // under way
};

}  // namespace ao::node
