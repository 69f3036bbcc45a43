// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/audit.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "ao/codec/enclosed.hpp"
#include "ao/message/cbor.hpp"

namespace ao::process {
namespace {

constexpr std::size_t kIdBytes = ProcessId::kSize;
constexpr std::size_t kSlotBytes = 8;
constexpr std::size_t kOutcomeKeyBytes = 1 + kIdBytes + kSlotBytes;

Bytes prefix_of(char table, const ProcessId& process) {
  return table + Bytes(process.bytes());
}

std::string shown(BytesView path) {
  Bytes text;
  for (const char c : path)
    text.push_back(c == '\0' ? '/' : c);
  return is_utf8(text) ? text : hex(path);
}

Result<message::Outcome> read_outcome(BytesView bytes) {
  AO_TRY(value, message::from_cbor(bytes));
  return message::Outcome::from(value);
}

}  // namespace

void Audit::check_outcomes(const ProcessId& process, Slot from,
                           std::span<const std::optional<MessageId>> messages,
                           Findings& findings) const {
  const Slot evaluated = records_.evaluated(process);
  const Slot kept_from = records_.kept_from(process);
  Slot slot = from;
  for (const auto& message : messages) {
    if (slot >= evaluated) break;
    if (slot < kept_from) {
      slot = slot.next();
      continue;
    }
    const auto bytes = records_.outcome_bytes(process, slot);
    const auto outcome = bytes ? read_outcome(*bytes)
                               : fail(ErrorKind::kNotFound, "outcome-absent", "it is missing");
    if (!outcome)
      findings.add(process, slot, "its outcome (r) cannot be read: " + outcome.error().text);
    else if (outcome->process != process || outcome->slot != slot)
      findings.add(process, slot,
                   fmt::format("its outcome (r) is that of slot {} of process {}",
                               outcome->slot.number, outcome->process.text()));
    else if (message && outcome->message != *message)
      findings.add(
          process, slot,
          fmt::format("its outcome (r) is of another message, {}", outcome->message.text()));
    slot = slot.next();
  }
}

void Audit::check_cursor(const ProcessId& process, std::uint64_t scheduled,
                         Findings& findings) const {
  const auto value = store_.get(prefix_of('c', process));
  if (value && value->size() != 8)
    findings.add(process, fmt::format("its cursor (c) has {} bytes, not 8", value->size()));
  const Slot evaluated = records_.evaluated(process);
  if (evaluated.number > scheduled)
    findings.add(process, fmt::format("its cursor (c) counts {} evaluated slots of {} scheduled",
                                      evaluated.number, scheduled));
  const Slot kept_from = records_.kept_from(process);
  if (kept_from > evaluated)
    findings.add(process, fmt::format("its outcomes (r) are kept from slot {} on, of {} evaluated",
                                      kept_from.number, evaluated.number));
  const auto tell_outcomes = [&](Slot from, Slot end, std::string_view what) {
    const Bytes prefix = prefix_of('r', process);
    Bytes first = prefix;
    put_u64be(first, from.number);
    store_.scan(prefix, first, [&](BytesView key, BytesView) {
      if (key.size() != kOutcomeKeyBytes) return true;
      const Slot slot{get_u64be(key.substr(1 + kIdBytes))};
      if (slot >= end) return false;
      findings.add(process, slot, std::string(what));
      return true;
    });
  };
  tell_outcomes(Slot{0}, kept_from, "it has an outcome (r) before the first that is kept");
  tell_outcomes(evaluated, Slot{std::numeric_limits<std::uint64_t>::max()},
                "it has an outcome (r) behind the cursor (c)");
}

void Audit::check_visible_state(const ProcessId& process, Findings& findings) const {
  const Bytes prefix = prefix_of('v', process);
  Bytes above;  // the last leaf
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    const BytesView path = key.substr(prefix.size());
    const auto tell = [&](std::string_view what) {
      findings.add(process, fmt::format("its visible state (v) at {}: {}", shown(path), what));
    };
    if (path.empty() || path.back() != '\0') {
      tell("the path does not end");
      return true;
    }
    if (!above.empty() && path.starts_with(above)) tell("it lies below another value");
    if (const auto leaf = message::from_cbor(value); !leaf) tell(leaf.error().text);
    above = path;
    return true;
  });
}

void Audit::check_past_state(const ProcessId& process, Findings& findings) const {
  const Slot evaluated = records_.evaluated(process);
  const Bytes prefix = prefix_of('u', process);
  bool is_first = true;
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    const BytesView name = key.substr(prefix.size());
    const bool is_whole = name.size() > kSlotBytes && name[name.size() - kSlotBytes - 1] == '\0';
    if (std::exchange(is_first, false) && !name.empty())
      findings.add(process, "the past of its visible state (u) does not say where it begins");
    if (name.empty()) {
      if (value.size() != kSlotBytes || get_u64be(value) > evaluated.number)
        findings.add(process, "the past of its visible state (u) begins at no slot");
    } else if (!is_whole) {
      findings.add(process, fmt::format("the past of its visible state (u) at {}: the path does "
                                        "not end",
                                        shown(name)));
    } else {
      const Slot slot{get_u64be(name.substr(name.size() - kSlotBytes))};
      const auto leaf = value.empty() ? message::Value() : message::from_cbor(value);
      const BytesView path = name.substr(0, name.size() - kSlotBytes);
      const auto tell = [&](std::string_view what) {
        findings.add(process, slot, fmt::format("what it found (u) at {}: {}", shown(path), what));
      };
      if (slot >= evaluated) tell("the slot is behind the cursor (c)");
      if (!leaf) tell(leaf.error().text);
    }
    return true;
  });
}

std::uint64_t Audit::check_items(unsigned char first_byte, bool signatures,
                                 Findings& findings) const {
  std::uint64_t items = 0;
  const Bytes prefix = 'd' + Bytes(1, static_cast<char>(first_byte));
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    const auto id = MessageId::from_bytes(key.substr(1));
    if (!id) return true;
    ++items;
    const auto tell = [&](std::string_view what) {
      findings.add(fmt::format("item {} (d) {}", id->text(), what));
    };
    const auto item = message::DataItem::parse(Bytes(value));
    if (!item) {
      tell("cannot be read: " + item.error().text);
      return true;
    }
    if (item->id() != *id) tell("holds another item, " + item->id().text());
    if (!signatures) return true;
    if (auto verified = codec::verify_item(*item); !verified)
      tell("has a signature that does not hold: " + verified.error().text);
    return true;
  });
  return items;
}

}  // namespace ao::process
