// What could not be delivered to another node, for good, and why: for the operator to look at and
// to send once more.
//
//   e sender slot index:u64 → {at, code, reason, target, outgoing}, as CBOR
//
// Owned by `node`; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/outbox/outbox.hpp"

namespace ao::outbox {

struct DeadLetter {
  ProcessId target;
  Entry entry;
  Timestamp at;  // when it was given up
  std::string code;
  std::string reason;
};

class DeadLetters {
 public:
  explicit DeadLetters(const store::Store& store) : store_(store) {}

  static void write(const DeadLetter& letter, store::Batch& batch);
  static void remove(const message::Origin& origin, store::Batch& batch);

  std::optional<DeadLetter> find(const message::Origin& origin) const;
  // In the order of the senders, slots and indices.
  std::vector<DeadLetter> list(std::size_t most) const;

 private:
  const store::Store& store_;
};

}  // namespace ao::outbox
