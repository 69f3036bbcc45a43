// What became of a message and of what came of it, as far as this node's store tells.
//
// Pure apart from reading and the time that signing takes: an outgoing message has the id that it
// was sent with. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "ao/delivery/courier.hpp"
#include "ao/outbox/forwards.hpp"
#include "homes.hpp"

namespace ao::node {

class Tracing {
 public:
  Tracing(const store::Store& store, const schedule::Log& log, const Homes& homes,
          const Peering& peering, const crypto::Key& key)
      : log_(log),
        homes_(homes),
        peering_(peering),
        courier_(key),
        records_(store),
        outbox_(store),
        forwards_(store),
        dead_letters_(store) {}

  // Errors: kNotFound "message-unknown".
  Result<api::Trace> trace(const MessageId& message) const;

  // Of one thing that a message sent, by its index; nullopt while it waits here.
  std::optional<api::Trace::Sent> settled(const message::Outcome& outcome, std::size_t index) const;

 private:
  api::Trace::Sent sent(const message::Outgoing& outgoing, const message::Origin& origin,
                        const message::Definition& sender, std::uint64_t depth) const;
  void look_here(const message::DataItem& item, const ProcessId& target,
                 const message::Origin& origin, api::Trace::Sent& sent) const;
  void look_elsewhere(const ProcessId& target, const message::Outgoing& outgoing,
                      const message::Origin& origin, api::Trace::Sent& sent) const;

  const schedule::Log& log_;
  const Homes& homes_;
  const Peering& peering_;
  delivery::Courier courier_;
  process::Records records_;
  outbox::Outbox outbox_;
  outbox::Forwards forwards_;
  outbox::DeadLetters dead_letters_;
};

}  // namespace ao::node
