// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/records.hpp"

#include "ao/message/cbor.hpp"
#include "ao/message/item_index.hpp"

namespace ao::process {
namespace {

Bytes key(char table, BytesView id) {
  return Bytes(1, table) + Bytes(id);
}

Bytes slot_key(const ProcessId& process, Slot slot) {
  Bytes bytes = key('r', process.bytes());
  put_u64be(bytes, slot.number);
  return bytes;
}

}  // namespace

std::optional<Bytes> Records::outcome_bytes(const ProcessId& process, Slot slot) const {
  return store_.get(slot_key(process, slot));
}

std::optional<message::Outcome> Records::outcome(const ProcessId& process, Slot slot) const {
  const auto bytes = outcome_bytes(process, slot);
  if (!bytes) return std::nullopt;
  const auto value = message::from_cbor(*bytes);
  if (!value) return std::nullopt;
  auto outcome = message::Outcome::from(*value);
  if (!outcome) return std::nullopt;
  return std::move(*outcome);
}

Slot Records::evaluated(const ProcessId& process) const {
  const auto value = store_.get(key('c', process.bytes()));
  return value && value->size() == 8 ? Slot{get_u64be(*value)} : Slot{0};
}

Slot Records::kept_from(const ProcessId& process) const {
  const auto value = store_.get(key('r', process.bytes()));
  return value && value->size() == 8 ? Slot{get_u64be(*value)} : Slot{0};
}

std::optional<message::DataItem> Records::item(const MessageId& id) const {
  auto bytes = store_.get(key('d', id.bytes()));
  if (!bytes) return std::nullopt;
  auto item = message::DataItem::parse(std::move(*bytes));
  if (!item) return std::nullopt;
  return std::move(*item);
}

void Records::write(const ProcessId& process, Slot slot, Bytes outcome, store::Batch& batch) {
  batch.move_in(slot_key(process, slot), std::move(outcome));
  Bytes count;
  put_u64be(count, slot.number + 1);
  batch.move_in(key('c', process.bytes()), std::move(count));
}

void Records::write(const message::DataItem& item, store::Batch& batch) {
  batch.put(key('d', item.id().bytes()), item.bytes());
  namespace index = message::item_index;
  for (Bytes& found_by : index::keys_of(item, Timestamp{}))
    batch.move_in(std::move(found_by), Bytes(1, static_cast<char>(index::Kind::kItem)));
}

void Records::forget(const ProcessId& process, Slot end, store::Batch& batch) const {
  for (Slot slot = kept_from(process); slot < end; slot = slot.next())
    batch.take_back(slot_key(process, slot));
  Bytes first;
  put_u64be(first, end.number);
  batch.put(key('r', process.bytes()), first);
}

}  // namespace ao::process
