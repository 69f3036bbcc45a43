// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/journal.hpp"

#include <fmt/format.h>

#include <limits>
#include <set>

namespace ao::settlement {
namespace {

constexpr Slot kOfItem{std::numeric_limits<std::uint64_t>::max()};

Bytes number_key(char table, std::uint64_t number) {
  Bytes key(1, table);
  put_u64be(key, number);
  return key;
}

Bytes place_key(BytesView id, Slot slot) {
  Bytes key = 'o' + Bytes(id);
  put_u64be(key, slot.number);
  return key;
}

Bytes cursor_key(store::Shard shard) {
  return {'z', static_cast<char>(shard.number)};
}

Bytes payment_key(const Payment& payment) {
  Bytes key = number_key('$', payment.made.milliseconds);
  key += payment.transaction.bytes();
  return key;
}

Bytes number_value(std::uint64_t number) {
  Bytes value;
  put_u64be(value, number);
  return value;
}

std::optional<std::uint64_t> number_in(const std::optional<Bytes>& value) {
  if (!value || value->size() != 8) return std::nullopt;
  return get_u64be(*value);
}

}  // namespace

std::optional<std::uint64_t> Journal::next_number() const {
  return number_in(store_.get("z"));
}

std::uint64_t Journal::cursor(store::Shard shard) const {
  return number_in(store_.get(cursor_key(shard))).value_or(0);
}

Result<Record> Journal::bundle(std::uint64_t number) const {
  const auto value = store_.get(number_key('g', number));
  if (!value)
    return fail(ErrorKind::kNotFound, "bundle-unknown",
                fmt::format("no bundle {} was made", number));
  return record_in(number, *value);
}

std::vector<std::uint64_t> Journal::unconfirmed() const {
  std::vector<std::uint64_t> numbers;
  store_.scan("y", "y", [&](BytesView key, BytesView) {
    if (key.size() == 9) numbers.push_back(get_u64be(key.substr(1)));
    return true;
  });
  return numbers;
}

std::vector<MessageId> Journal::waiting_items(std::size_t most) const {
  std::vector<MessageId> items;
  store_.scan("j", "j", [&](BytesView key, BytesView) {
    if (const auto id = MessageId::from_bytes(key.substr(1))) items.push_back(*id);
    return items.size() < most;
  });
  return items;
}

std::optional<std::uint64_t> Journal::bundle_of(const ProcessId& process, Slot slot) const {
  std::optional<std::uint64_t> found;
  const Bytes prefix = 'o' + Bytes(process.bytes());
  store_.scan(prefix, place_key(process.bytes(), slot), [&](BytesView, BytesView value) {
    found = number_in(Bytes(value));
    return false;
  });
  return found;
}

std::optional<std::uint64_t> Journal::bundle_of(const MessageId& item) const {
  return number_in(store_.get(place_key(item.bytes(), kOfItem)));
}

Slot Journal::confirmed(const ProcessId& process, std::uint64_t unconfirmed, Slot from) const {
  Slot end = from;
  const Bytes prefix = 'o' + Bytes(process.bytes());
  store_.scan(prefix, place_key(process.bytes(), from), [&](BytesView key, BytesView value) {
    const auto number = number_in(Bytes(value));
    if (!number || key.size() != prefix.size() + 8) return false;
    if (*number >= unconfirmed) {
      const auto record = bundle(*number);
      if (!record || record->state != State::kConfirmed) return false;
    }
    end = Slot{get_u64be(key.substr(prefix.size()))}.next();
    return true;
  });
  return end;
}

Slot Journal::confirmed(const ProcessId& process) const {
  return confirmed(process, 0);
}

Pruned Journal::pruned() const {
  const auto value = store_.get("o");
  if (!value || value->size() != 16) return {};
  return {get_u64be(*value), get_u64be(BytesView(*value).substr(8))};
}

void Journal::note_pruned(const Pruned& pruned, store::Batch& batch) {
  Bytes value = number_value(pruned.bundles);
  put_u64be(value, pruned.kept_max);
  batch.put("o", value);
}

void Journal::add(const Record& record, const Places& places, store::Batch& batch) {
  batch.put(number_key('g', record.number), to_bytes(record));
  batch.move_in(number_key('y', record.number), {});
  batch.put("z", number_value(record.number + 1));
  for (const Span& span : record.spans)
    batch.put(cursor_key(span.shard), number_value(span.end));
  for (const auto& [process, last] : places)
    batch.put(place_key(process.bytes(), last), number_value(record.number));
  for (const MessageId& item : record.items) {
    batch.remove('j' + Bytes(item.bytes()));
    batch.put(place_key(item.bytes(), kOfItem), number_value(record.number));
  }
}

void Journal::update(const Record& record, store::Batch& batch) {
  batch.put(number_key('g', record.number), to_bytes(record));
  if (record.state == State::kConfirmed) batch.take_back(number_key('y', record.number));
}

void Journal::replace(const Record& record, store::Batch& batch) {
  batch.put(number_key('g', record.number), to_bytes(record));
}

void Journal::mark_item(const MessageId& item, store::Batch& batch) {
  batch.put('j' + Bytes(item.bytes()), {});
}

std::vector<Payment> Journal::payments(Timestamp since) const {
  std::vector<Payment> payments;
  store_.scan("$", payment_key({since, {}, 0}), [&](BytesView key, BytesView value) {
    const auto id = MessageId::from_bytes(key.substr(1 + 8));
    const auto reward = number_in(Bytes(value));
    if (id && reward) payments.push_back({Timestamp{get_u64be(key.substr(1))}, *id, *reward});
    return true;
  });
  return payments;
}

void Journal::pay(const Payment& payment, store::Batch& batch) {
  batch.put(payment_key(payment), number_value(payment.reward));
}

void Journal::take_back(const Payment& payment, store::Batch& batch) {
  batch.remove(payment_key(payment));
}

void Journal::audit(Findings& findings) const {
  const std::uint64_t next = next_number().value_or(0);
  const auto marked = unconfirmed();
  const std::set<std::uint64_t> marks(marked.begin(), marked.end());
  std::map<store::Shard, std::uint64_t> ends;
  std::uint64_t due = 0;
  store_.scan("g", "g", [&](BytesView key, BytesView value) {
    if (key.size() != 9) return true;
    const std::uint64_t number = get_u64be(key.substr(1));
    const auto tell = [&](std::string_view what) {
      findings.add(fmt::format("bundle {} (g) {}", number, what));
    };
    for (; due < number; ++due)
      findings.add(fmt::format("bundle {} (g) is missing", due));
    ++due;
    const auto record = record_in(number, value);
    if (!record) {
      tell("cannot be read");
      return true;
    }
    if ((record->state == State::kConfirmed) == marks.contains(number))
      tell(marks.contains(number) ? "is confirmed, and marked (y)" : "is not marked (y)");
    for (const Span& span : record->spans) {
      std::uint64_t& end = ends[span.shard];
      if (span.from != end || span.end <= span.from) tell("does not follow the one before it");
      end = span.end;
    }
    return true;
  });
  if (due != next) findings.add(fmt::format("{} bundles (g) where {} are counted (z)", due, next));
  for (std::size_t number = 0; number < store::kShards; ++number) {
    const store::Shard shard{static_cast<std::uint8_t>(number)};
    if (cursor(shard) != ends[shard])
      findings.add(fmt::format("shard {}: the cursor (z) is not where its bundles end", number));
    if (cursor(shard) > store_.logs().head(shard).next)
      findings.add(fmt::format("shard {}: the cursor (z) is behind its log", number));
  }
}

}  // namespace ao::settlement
