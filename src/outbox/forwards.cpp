// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/outbox/forwards.hpp"

#include <fmt/format.h>

#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"

namespace ao::outbox {
namespace {

constexpr std::size_t kKeyBytes = 1 + 2 * ProcessId::kSize + 8 + 8;

Bytes prefix_of(const ProcessId& target) {
  return 'f' + Bytes(target.bytes());
}

Bytes key(const ProcessId& target, const message::Origin& origin) {
  Bytes bytes = prefix_of(target) + Bytes(origin.process.bytes());
  put_u64be(bytes, origin.slot.number);
  put_u64be(bytes, origin.index);
  return bytes;
}

message::Origin origin_in(BytesView place) {
  return {*ProcessId::from_bytes(place.substr(0, ProcessId::kSize)),
          Slot{get_u64be(place.substr(ProcessId::kSize))},
          static_cast<std::uint32_t>(get_u64be(place.substr(ProcessId::kSize + 8)))};
}

Result<message::Outgoing> outgoing_in(BytesView value) {
  AO_TRY(decoded, message::from_cbor(value));
  return message::Outgoing::from(decoded);
}

}  // namespace

std::optional<ProcessId> Forwards::target_of(const message::Outgoing& outgoing) {
  if (outgoing.kind != message::Outgoing::Kind::kSpawn)
    return ProcessId::from_text(outgoing.target);
  const Bytes* scheduler = message::find_tag(outgoing.tags, "Scheduler");
  if (scheduler == nullptr) return std::nullopt;
  return ProcessId::from_bytes(crypto::view(crypto::sha256("scheduler " + *scheduler)));
}

void Forwards::write(const ProcessId& target, const Entry& entry, store::Batch& batch) {
  batch.put(key(target, entry.origin), message::to_cbor(entry.outgoing.value()));
}

void Forwards::remove(const ProcessId& target, const message::Origin& origin, store::Batch& batch) {
  batch.take_back(key(target, origin));
}

std::vector<Entry> Forwards::oldest(const Route& route, Slot from, std::size_t count,
                                    std::size_t bytes_max) const {
  std::vector<Entry> entries;
  std::size_t bytes = 0;
  const Bytes prefix = prefix_of(route.target) + Bytes(route.sender.bytes());
  const Bytes first = key(route.target, {route.sender, from, 0});
  store_.scan(prefix, first, [&](BytesView name, BytesView value) {
    if (name.size() != kKeyBytes) return true;
    bytes += value.size();
    if (!entries.empty() && bytes > bytes_max) return false;
    auto outgoing = outgoing_in(value);
    if (!outgoing) return false;  // the audit names it; what is behind it stays behind it
    entries.push_back({origin_in(name.substr(1 + ProcessId::kSize)), std::move(*outgoing)});
    return entries.size() < count;
  });
  return entries;
}

bool Forwards::has(const ProcessId& target, const message::Origin& origin) const {
  return store_.get(key(target, origin)).has_value();
}

std::vector<Route> Forwards::routes() const {
  std::vector<Route> found;
  Bytes from = "f";
  bool more = true;
  while (more) {
    more = false;
    store_.scan("f", from, [&](BytesView name, BytesView) {
      if (name.size() != kKeyBytes) return true;
      const Bytes prefix(name.substr(0, 1 + 2 * ProcessId::kSize));
      const auto target = ProcessId::from_bytes(name.substr(1, ProcessId::kSize));
      found.push_back({*target, origin_in(name.substr(1 + ProcessId::kSize)).process});
      from = prefix + Bytes(kKeyBytes - prefix.size(), '\xff');
      more = true;
      return false;
    });
  }
  return found;
}

void Forwards::audit(const OutcomeOf& outcome_of, Findings& findings) const {
  store_.scan("f", "f", [&](BytesView name, BytesView value) {
    if (name.size() != kKeyBytes) return true;
    const message::Origin origin = origin_in(name.substr(1 + ProcessId::kSize));
    const auto tell = [&](std::string_view what) {
      findings.add(origin.process, origin.slot,
                   fmt::format("its forwarded entry {} (f) {}", origin.index, what));
    };
    const auto outgoing = outgoing_in(value);
    const auto [was_pruned, outcome] = outcome_of(origin.process, origin.slot);
    if (!outgoing) {
      tell("cannot be read: " + outgoing.error().text);
    } else if (!outcome && !was_pruned) {
      tell("is of a slot without an outcome");
    } else if (outcome && sent_at(*outcome, origin.index) != *outgoing) {
      tell("is not what its outcome sent");
    } else if (target_of(*outgoing) != ProcessId::from_bytes(name.substr(1, ProcessId::kSize))) {
      tell("stands under another target than its own");
    }
    return true;
  });
}

}  // namespace ao::outbox
