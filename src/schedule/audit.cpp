// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ao/codec/enclosed.hpp"
#include "record.hpp"

namespace ao::schedule {
namespace {

using message::Assignment;
using message::DataItem;

constexpr std::size_t kIdBytes = ProcessId::kSize;
constexpr std::size_t kSlotKeyBytes = 1 + kIdBytes + 8;
constexpr std::size_t kIndexKeyBytes = 1 + 2 * kIdBytes;
constexpr std::size_t kPlaceKeyBytes = 1 + 1 + 8;
constexpr std::size_t kHeadBytes = 8 + 8 + 2 * kIdBytes;
constexpr std::size_t kHeadBytesMax = kHeadBytes + 8;

Slot slot_at_end(BytesView slot_key) {
  return Slot{get_u64be(slot_key.substr(slot_key.size() - 8))};
}

// The assignment in a record, read without trust in anything but its key.
Result<Assignment> read_record(BytesView value) {
  const auto halves = record::halves(value);
  if (!halves) return fail(ErrorKind::kInvalid, "record-malformed", "its sizes do not add up");
  AO_TRY(item, DataItem::parse(Bytes(halves->assignment)));
  AO_TRY(body, DataItem::parse(Bytes(halves->body)));
  return Assignment::recognise(std::move(item), std::move(body));
}

}  // namespace

std::optional<Assignment> Audit::recognised(const ProcessId& process, Slot slot,
                                            Findings& findings) const {
  const auto value = store_.get(record::slot_key('a', process, slot));
  if (!value) {
    findings.add(process, slot, "it is missing in the log");
    return std::nullopt;
  }
  auto assignment = read_record(*value);
  if (!assignment) {
    findings.add(process, slot, "its record cannot be read: " + assignment.error().text);
    return std::nullopt;
  }
  if (assignment->process() != process || assignment->slot() != slot) {
    findings.add(process, slot,
                 fmt::format("its record is that of slot {} of process {}",
                             assignment->slot().number, assignment->process().text()));
    return std::nullopt;
  }
  return std::move(*assignment);
}

std::vector<std::optional<MessageId>> Audit::check_slots(const ProcessId& process, Slot from,
                                                         Slot end, Findings& findings) const {
  std::vector<std::optional<MessageId>> messages;
  std::optional<Assignment> previous;
  Findings told_before(0);
  if (from.number > 0) previous = recognised(process, Slot{from.number - 1}, told_before);
  for (Slot slot = from; slot < end; slot = slot.next()) {
    auto assignment = recognised(process, slot, findings);
    messages.push_back(assignment ? std::optional(assignment->body().id()) : std::nullopt);
    // Behind a slot that is not there only the link cannot be told.
    if (assignment && (previous || slot.number == 0))
      if (auto linked = Log::check_link(previous ? &*previous : nullptr, *assignment); !linked)
        findings.add(process, slot, linked.error().text);
    if (assignment) {
      check_signatures(*assignment, findings);
      check_entries(*assignment, findings);
    }
    previous = std::move(assignment);
  }
  return messages;
}

void Audit::check_signatures(const Assignment& assignment, Findings& findings) const {
  const auto tell = [&](std::string what) {
    findings.add(assignment.process(), assignment.slot(), std::move(what));
  };
  const Address signer = assignment.item().signer();
  const auto followed = settings_.followed.find(assignment.process());
  if (followed != settings_.followed.end()) {
    if (signer != followed->second)
      tell(fmt::format("its assignment is signed by {}, not by {}, whose process this node follows",
                       signer.text, followed->second.text));
  } else if (!settings_.schedulers.empty() && !settings_.schedulers.contains(signer))
    tell(fmt::format("its assignment is signed by {}, not by this node", signer.text));
  if (!settings_.signatures) return;
  if (auto verified = assignment.item().verify(); !verified)
    tell("the signature of its assignment does not hold: " + verified.error().text);
  if (auto verified = codec::verify_item(assignment.body()); !verified)
    tell("the signature of its message does not hold: " + verified.error().text);
}

void Audit::check_entries(const Assignment& assignment, Findings& findings) const {
  const ProcessId& process = assignment.process();
  const MessageId& message = assignment.body().id();
  const auto at = log_.slot_of(message, process);
  if (!at)
    findings.add(process, assignment.slot(),
                 fmt::format("the index (i) does not have its message {}", message.text()));
  if (at && *at != assignment.slot())
    findings.add(
        process, assignment.slot(),
        fmt::format("the index (i) has its message {} at slot {}", message.text(), at->number));
  for (const Bytes& twin : Log::twins_of(assignment)) {
    const auto twin_at = log_.slot_of_twin(twin, process);
    if (twin_at != assignment.slot())
      findings.add(process, assignment.slot(),
                   fmt::format("the index of twins (x) has its twin {} at {}", hex(twin),
                               twin_at ? fmt::format("slot {}", twin_at->number) : "no slot"));
  }
}

void Audit::check_head(const ProcessId& process, Findings& findings) const {
  const auto value = store_.get(record::key('h', process.bytes()));
  if (!value) return findings.add(process, "it has records and no head (h)");
  if (value->size() != kHeadBytes && value->size() != kHeadBytesMax)
    return findings.add(process, fmt::format("its head (h) has {} bytes, not {} or {}",
                                             value->size(), kHeadBytes, kHeadBytesMax));
  const BytesView head = *value;
  const Slot next{get_u64be(head)};
  if (next.number == 0) return findings.add(process, "its head (h) counts no slot");
  // Found by whoever looks at the slots; here it only keeps the head from being compared.
  Findings told_elsewhere(0);
  const auto last = recognised(process, Slot{next.number - 1}, told_elsewhere);
  if (!last)
    findings.add(process, fmt::format("its head (h) counts {} slots, of which the last is missing",
                                      next.number));
  if (last && last->timestamp() != Timestamp{get_u64be(head.substr(8))})
    findings.add(process, "its head (h) has another timestamp than the last assignment");
  if (last && last->id().bytes() != head.substr(16, kIdBytes))
    findings.add(process, "its head (h) names another assignment than the last one");
  if (last && last->chain().bytes() != head.substr(16 + kIdBytes, kIdBytes))
    findings.add(process, "its head (h) has another chain hash than the last assignment");
  const std::uint64_t height = head.size() == kHeadBytes ? 0 : get_u64be(head.substr(kHeadBytes));
  if (last && last->block_height() != height)
    findings.add(process, "its head (h) has another block height than the last assignment");
  store_.scan(record::key('a', process.bytes()), record::slot_key('a', process, next),
              [&](BytesView key, BytesView) {
                if (key.size() == kSlotKeyBytes)
                  findings.add(process, slot_at_end(key), "it lies behind the head (h)");
                return true;
              });
}

void Audit::check_unevaluated(const ProcessId& process, Slot evaluated, Slot end,
                              Findings& findings) const {
  Slot due = evaluated;
  // A gap is told once: a damaged head may count any number of slots.
  const auto expect_until = [&](Slot found) {
    if (due >= std::min(found, end)) return;
    const std::uint64_t more = std::min(found, end).number - due.number - 1;
    findings.add(process, due,
                 "it has no outcome and is not marked as unevaluated (q)" +
                     (more == 0 ? "" : fmt::format("; nor are the {} slots behind it", more)));
    due = found;
  };
  const Bytes prefix = record::key('q', process.bytes());
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    if (key.size() != kSlotKeyBytes) return true;
    const Slot slot = slot_at_end(key);
    expect_until(slot);
    if (slot < evaluated)
      findings.add(process, slot, "it is marked as unevaluated (q) and has an outcome");
    else if (slot >= end)
      findings.add(process, slot, "it is marked as unevaluated (q) and is not scheduled");
    else
      due = slot.next();
    if (!value.empty()) findings.add(process, slot, "its mark (q) has a value");
    return true;
  });
  expect_until(end);
}

void Audit::check_twins(const ProcessId& process, Findings& findings) const {
  const Bytes prefix = record::key('x', process.bytes());
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    const BytesView twin = key.substr(prefix.size());
    const auto slot = record::slot_from(value);
    const auto assignment = slot ? log_.read(process, *slot) : std::nullopt;
    const auto twins = assignment ? Log::twins_of(*assignment) : std::vector<Bytes>();
    if (std::ranges::find(twins, twin) == twins.end())
      findings.add(process, slot.value_or(Slot{}),
                   fmt::format("the index of twins (x) has it under {}, which its message is not",
                               hex(twin)));
    return true;
  });
}

void Audit::check_shard(store::Shard shard, std::span<const ProcessId> processes,
                        Findings& findings) const {
  const auto tell = [&](std::string what) {
    findings.add(fmt::format("shard {}: {}", shard.number, what));
  };
  std::map<ProcessId, Slot> due;
  for (const ProcessId& process : processes)
    due.emplace(process, Slot{});
  std::uint64_t sequence = 0;
  const Bytes prefix = {'l', static_cast<char>(shard.number)};
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    if (key.size() != kPlaceKeyBytes) return true;
    const std::uint64_t found = get_u64be(key.substr(2));
    if (found != sequence)
      tell(fmt::format("entry {} of its log (l) follows where {} was due", found, sequence));
    sequence = found + 1;
    if (value.size() != kIdBytes + 8) {
      tell(fmt::format("entry {} of its log (l) has {} bytes", found, value.size()));
      return true;
    }
    const ProcessId process = *ProcessId::from_bytes(value.substr(0, kIdBytes));
    const Slot slot{get_u64be(value.substr(kIdBytes))};
    const auto at = due.find(process);
    if (at == due.end()) {
      findings.add(process, slot,
                   fmt::format("shard {} has it in its log (l), which is not of "
                               "this process",
                               shard.number));
    } else {
      if (slot != at->second)
        findings.add(process, slot,
                     fmt::format("the log of shard {} (l) has it where slot {} "
                                 "was due",
                                 shard.number, at->second.number));
      at->second = slot.next();
    }
    return true;
  });
  for (const auto& [process, next] : due)
    if (log_.count(process).value_or(next.number) != next.number)
      findings.add(process,
                   fmt::format("the log of shard {} (l) has {} slots of it, its head (h) {}",
                               shard.number, next.number, *log_.count(process)));
  if (const std::uint64_t head = store_.logs().head(shard).next; head != sequence)
    tell(fmt::format("its head (s) counts {} entries, its log (l) has {}", head, sequence));
}

void Audit::check_index(unsigned char first_byte, Findings& findings) const {
  const Bytes prefix = record::key('i', Bytes(1, static_cast<char>(first_byte)));
  store_.scan(prefix, prefix, [&](BytesView key, BytesView value) {
    if (key.size() != kIndexKeyBytes) return true;
    const MessageId message = *MessageId::from_bytes(key.substr(1, kIdBytes));
    const ProcessId process = *ProcessId::from_bytes(key.substr(1 + kIdBytes));
    const auto slot = record::slot_from(value);
    if (!slot) {
      findings.add(process,
                   fmt::format("the index (i) has no slot for message {}", message.text()));
      return true;
    }
    const auto stored = store_.get(record::slot_key('a', process, *slot));
    const auto halves = stored ? record::halves(*stored) : std::nullopt;
    const auto body = halves ? DataItem::parse(Bytes(halves->body))
                             : fail(ErrorKind::kNotFound, "record-absent", "");
    if (!stored || (body && body->id() != message))
      findings.add(process, *slot,
                   fmt::format("the index (i) has message {} there, which is not", message.text()));
    return true;
  });
}

}  // namespace ao::schedule
