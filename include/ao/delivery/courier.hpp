// From an outbox entry to signed messages: what is said to the target, and to the sender about it.
//
// The signed item names the outbox entry it stands for (tags From-Process, From-Slot, From-Index)
// and is the same bytes each time it is made, so that a delivery repeated after a crash is
// recognised at the target. Pure apart from CPU time; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/admitted.hpp"
#include "ao/message/definition.hpp"
#include "ao/message/outcome.hpp"
#include "ao/message/own_item.hpp"

namespace ao::delivery {

class Courier {
 public:
  explicit Courier(const crypto::Key& key) : key_(key) {}

  // `depth` is how many messages led to this one; it stands in the tag Push-Depth.
  // Errors: kInvalid "outgoing-malformed" when it can never be delivered: a target that is no id,
  // tags beyond what ANS-104 holds.
  Result<message::OwnItem> message(const message::Outgoing& outgoing, const message::Origin& origin,
                                   const message::Definition& sender, std::uint64_t depth) const;
  Result<message::OwnItem> spawn(const message::Outgoing& outgoing, const message::Origin& origin,
                                 const message::Definition& sender, std::uint64_t depth) const;

  // Tells the sender what its spawn became: Action=Spawned with the process, or
  // Action=Spawn-Error with the reason.
  Result<message::OwnItem> spawned(const message::Outgoing& spawn, const message::Origin& origin,
                                   const Result<ProcessId>& process, std::uint64_t depth) const;

  // Tells the sender why what it asked of its scheduled tasks was refused: Action=Cron-Error.
  Result<message::OwnItem> task_refused(const message::Outgoing& order,
                                        const message::Origin& origin, const Error& error,
                                        std::uint64_t depth) const;

 private:
  Result<message::OwnItem> answer(message::Draft draft, const message::Outgoing& asked,
                                  const message::Origin& origin, std::uint64_t depth) const;

  const crypto::Key& key_;
};

}  // namespace ao::delivery
