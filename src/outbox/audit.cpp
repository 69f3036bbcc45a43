// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/outbox/audit.hpp"

#include <fmt/format.h>

#include "ao/message/cbor.hpp"

namespace ao::outbox {
namespace {

constexpr std::size_t kKeyBytes = 1 + ProcessId::kSize + 8 + 8;

}  // namespace

std::optional<message::Outgoing> sent_at(const message::Outcome& outcome, std::uint64_t index) {
  if (index < outcome.outgoing.size()) return outcome.outgoing[index];
  auto assigned = outcome.assigned();
  index -= outcome.outgoing.size();
  if (index >= assigned.size()) return std::nullopt;
  return std::move(assigned[index]);
}

void audit(const store::Store& store, const ProcessId& process, const OutcomeOf& outcome_of,
           Findings& findings) {
  const Bytes prefix = 'b' + Bytes(process.bytes());
  StoredOutcome stored;
  std::optional<Slot> read;  // the slot whose outcome that is
  store.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    if (key.size() != kKeyBytes) return true;
    const Slot slot{get_u64be(key.substr(prefix.size()))};
    const std::uint64_t index = get_u64be(key.substr(prefix.size() + 8));
    if (read != slot) stored = outcome_of(process, slot);
    read = slot;
    const auto& outcome = stored.outcome;
    const auto tell = [&](std::string_view what) {
      findings.add(process, slot, fmt::format("its outbox entry {} (b) {}", index, what));
    };
    const auto decoded = message::from_cbor(value);
    const auto outgoing =
        decoded ? message::Outgoing::from(*decoded) : std::unexpected(decoded.error());
    if (!outgoing) {
      tell("cannot be read: " + outgoing.error().text);
    } else if (stored.was_pruned) {
      return true;
    } else if (!outcome) {
      tell("is of a slot without an outcome");
    } else if (const auto sent = sent_at(*outcome, index); !sent) {
      tell(fmt::format("is one that its outcome, of {} messages, did not send",
                       outcome->outgoing.size()));
    } else if (*outgoing != *sent) {
      tell("is not what its outcome sent");
    }
    return true;
  });
}

}  // namespace ao::outbox
