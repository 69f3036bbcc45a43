// How the tables of the schedule are keyed, and what their values are (docs/formats.md).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/item_index.hpp"
#include "ao/message/ledger_order.hpp"
#include "ao/schedule/log.hpp"

namespace ao::schedule::record {

inline Bytes key(char table, BytesView a, BytesView b = {}) {
  Bytes bytes;
  bytes.reserve(1 + a.size() + b.size() + 16);
  bytes.push_back(table);
  bytes.append(a);
  bytes.append(b);
  return bytes;
}

inline Bytes slot_key(char table, const ProcessId& process, Slot slot) {
  Bytes bytes = key(table, process.bytes());
  put_u64be(bytes, slot.number);
  return bytes;
}

inline std::optional<Slot> slot_from(BytesView value) {
  if (value.size() != 8) return std::nullopt;
  return Slot{get_u64be(value)};
}

// The two items in a value of table `a`; nullopt when its sizes do not add up.
struct Halves {
  BytesView assignment;
  BytesView body;
};
inline std::optional<Halves> halves(BytesView value) {
  if (value.size() < 8) return std::nullopt;
  const std::uint64_t size = get_u64be(value);
  if (size > value.size() - 8) return std::nullopt;
  return Halves{value.substr(8, size), value.substr(8 + size)};
}

// The first message of a process is found by what it says.
inline void index_spawn(const message::DataItem& spawn, Timestamp at, store::Batch& batch) {
  namespace index = message::item_index;
  for (Bytes& found_by : index::keys_of(spawn, at))
    batch.move_in(std::move(found_by), Bytes(1, static_cast<char>(index::Kind::kProcess)));
}

// What was scheduled by another, as far as it made a process.
inline void index_spawn(const message::Assignment& assignment, store::Batch& batch) {
  if (process_named_by(assignment.body().id()) != assignment.process()) return;
  index_spawn(assignment.body(), assignment.timestamp(), batch);
}

// Of a message that the scheduler itself has signed, for its target: what it orders of a ledger.
inline void add_ledger_twin(const message::DataItem& item, std::vector<Bytes>& twins) {
  if (!twins.empty()) return;
  if (const auto order = message::claimed_ledger_order(item)) twins.push_back(order->twin());
}

}  // namespace ao::schedule::record
