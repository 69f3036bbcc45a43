// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/outbox/outbox.hpp"

#include "ao/message/cbor.hpp"

namespace ao::outbox {
namespace {

constexpr std::size_t kKeyBytes = 1 + ProcessId::kSize + 8 + 8;

Bytes key(const message::Origin& origin) {
  Bytes bytes = 'b' + Bytes(origin.process.bytes());
  put_u64be(bytes, origin.slot.number);
  put_u64be(bytes, origin.index);
  return bytes;
}

}  // namespace

void Outbox::write(const message::Outcome& outcome, store::Batch& batch) {
  for (std::size_t i = 0; i < outcome.outgoing.size(); ++i) {
    const message::Origin origin{outcome.process, outcome.slot, static_cast<std::uint32_t>(i)};
    batch.put(key(origin), message::to_cbor(outcome.outgoing[i].value()));
  }
  if (outcome.assignments.empty()) return;
  auto index = static_cast<std::uint32_t>(outcome.outgoing.size());
  for (const message::Outgoing& assigned : outcome.assigned())
    batch.put(key({outcome.process, outcome.slot, index++}), message::to_cbor(assigned.value()));
}

void Outbox::remove(const message::Origin& origin, store::Batch& batch) {
  batch.take_back(key(origin));
}

std::vector<Entry> Outbox::oldest(const ProcessId& process, Slot from, std::size_t count) const {
  std::vector<Entry> entries;
  const Bytes prefix = 'b' + Bytes(process.bytes());
  store_.scan(prefix, key({process, from, 0}), [&](BytesView name, BytesView value) {
    if (name.size() != kKeyBytes) return true;
    const BytesView place = name.substr(prefix.size());
    const auto decoded = message::from_cbor(value);
    if (!decoded) return false;
    auto outgoing = message::Outgoing::from(*decoded);
    if (!outgoing) return false;
    const message::Origin origin{process, Slot{get_u64be(place)},
                                 static_cast<std::uint32_t>(get_u64be(place.substr(8)))};
    entries.push_back({origin, std::move(*outgoing)});
    return entries.size() < count;
  });
  return entries;
}

bool Outbox::has(const message::Origin& origin) const {
  return store_.get(key(origin)).has_value();
}

std::vector<ProcessId> Outbox::senders() const {
  std::vector<ProcessId> processes;
  store_.scan("b", "b", [&](BytesView name, BytesView) {
    const auto process = ProcessId::from_bytes(name.substr(1, ProcessId::kSize));
    if (process && (processes.empty() || processes.back() != *process))
      processes.push_back(*process);
    return true;
  });
  return processes;
}

}  // namespace ao::outbox
