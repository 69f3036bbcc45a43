// What could not be delivered to another node, for good, and why: for the operator to look at and
// to send once more.
//
//   e sender slot index:u64 → {at, code, reason, target, outgoing}, as CBOR
//
// A sender has so many, and so many bytes of them: the oldest make room, since whoever sends to
// nowhere could fill the disk. What he sent stands in his outcomes too. Owned by `node`; any
// thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <unordered_map>

#include "ao/async/guarded.hpp"
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
  struct Limits {  // of one sender; the newest is kept, however large
    std::size_t letters = 1'000;
    std::size_t bytes = 64 << 20;
  };

  explicit DeadLetters(const store::Store& store) : DeadLetters(store, Limits()) {}
  DeadLetters(const store::Store& store, const Limits& limits) : store_(store), limits_(limits) {}

  void write(const DeadLetter& letter, store::Batch& batch);
  void remove(const message::Origin& origin, store::Batch& batch);

  std::optional<DeadLetter> find(const message::Origin& origin) const;
  // In the order of the senders, slots and indices.
  std::vector<DeadLetter> list(std::size_t most) const;

 private:
  struct Box {  // of one sender
    std::map<std::pair<Slot, std::uint32_t>, std::size_t> sizes;
    std::size_t bytes = 0;
  };
  using Boxes = std::unordered_map<ProcessId, Box>;
  Box& box_of(const ProcessId& sender, Boxes& boxes) const;

  const store::Store& store_;
  const Limits limits_;
  async::Guarded<Boxes> boxes_;  // of those who had some lately
};

}  // namespace ao::outbox
