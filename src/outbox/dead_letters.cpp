// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/outbox/dead_letters.hpp"

#include "ao/message/cbor.hpp"

namespace ao::outbox {
namespace {

using message::Map;
using message::Value;

constexpr std::size_t kBoxesMax = 10'000;
constexpr std::size_t kKeyBytes = 1 + ProcessId::kSize + 8 + 8;

Bytes key(const message::Origin& origin) {
  Bytes bytes = 'e' + Bytes(origin.process.bytes());
  put_u64be(bytes, origin.slot.number);
  put_u64be(bytes, origin.index);
  return bytes;
}

const Bytes* text_in(const Map& map, BytesView name) {
  const Value* value = map.find(name);
  return value == nullptr ? nullptr : value->bytes();
}

std::optional<DeadLetter> letter_in(BytesView name, BytesView value) {
  const auto decoded = message::from_cbor(value);
  const Map* map = decoded ? decoded->map() : nullptr;
  if (name.size() != kKeyBytes || map == nullptr) return std::nullopt;
  const Value* at = map->find("at");
  const Value* outgoing = map->find("outgoing");
  const Bytes* target = text_in(*map, "target");
  const Bytes* code = text_in(*map, "code");
  const Bytes* reason = text_in(*map, "reason");
  if (at == nullptr || at->integer() == nullptr || outgoing == nullptr || target == nullptr ||
      code == nullptr || reason == nullptr)
    return std::nullopt;
  auto sent = message::Outgoing::from(*outgoing);
  const auto to = ProcessId::from_text(*target);
  if (!sent || !to) return std::nullopt;
  const BytesView place = name.substr(1);
  const message::Origin origin{
      *ProcessId::from_bytes(place.substr(0, ProcessId::kSize)),
      Slot{get_u64be(place.substr(ProcessId::kSize))},
      static_cast<std::uint32_t>(get_u64be(place.substr(ProcessId::kSize + 8)))};
  return DeadLetter{*to, Entry{origin, std::move(*sent)},
                    Timestamp{static_cast<std::uint64_t>(*at->integer())}, *code, *reason};
}

}  // namespace

// What others are about to write is counted too, as long as it is remembered.
DeadLetters::Box& DeadLetters::box_of(const ProcessId& sender, Boxes& boxes) const {
  if (const auto found = boxes.find(sender); found != boxes.end()) return found->second;
  if (boxes.size() >= kBoxesMax) boxes.clear();
  Box& box = boxes[sender];
  const Bytes prefix = 'e' + Bytes(sender.bytes());
  store_.scan(prefix, prefix, [&](BytesView name, BytesView value) {
    if (name.size() != kKeyBytes) return true;
    const BytesView place = name.substr(prefix.size());
    const auto index = static_cast<std::uint32_t>(get_u64be(place.substr(8)));
    box.sizes.insert_or_assign({Slot{get_u64be(place)}, index}, value.size());
    box.bytes += value.size();
    return true;
  });
  return box;
}

void DeadLetters::write(const DeadLetter& letter, store::Batch& batch) {
  const message::Origin& origin = letter.entry.origin;
  Map map;
  map.set("at", static_cast<std::int64_t>(letter.at.milliseconds));
  map.set("code", letter.code);
  map.set("reason", letter.reason);
  map.set("target", letter.target.text());
  map.set("outgoing", letter.entry.outgoing.value());
  const Bytes value = message::to_cbor(map);
  batch.put(key(origin), value);

  boxes_.with([&](Boxes& boxes) {
    Box& box = box_of(origin.process, boxes);
    const std::pair newest(origin.slot, origin.index);
    std::size_t& size = box.sizes[newest];
    box.bytes += value.size() - size;
    size = value.size();
    while (box.sizes.size() > limits_.letters || box.bytes > limits_.bytes) {
      const auto oldest = box.sizes.begin();
      const auto& [place, bytes] = *oldest;
      if (place == newest) break;
      batch.remove(key({origin.process, place.first, place.second}));
      box.bytes -= bytes;
      box.sizes.erase(oldest);
    }
  });
}

void DeadLetters::remove(const message::Origin& origin, store::Batch& batch) {
  batch.remove(key(origin));
  boxes_.with([&](Boxes& boxes) {
    Box& box = box_of(origin.process, boxes);
    const auto found = box.sizes.find({origin.slot, origin.index});
    if (found == box.sizes.end()) return;
    box.bytes -= found->second;
    box.sizes.erase(found);
  });
}

std::optional<DeadLetter> DeadLetters::find(const message::Origin& origin) const {
  const Bytes name = key(origin);
  const auto value = store_.get(name);
  return value ? letter_in(name, *value) : std::nullopt;
}

std::vector<DeadLetter> DeadLetters::list(std::size_t most) const {
  std::vector<DeadLetter> found;
  store_.scan("e", "e", [&](BytesView name, BytesView value) {
    if (auto letter = letter_in(name, value)) found.push_back(std::move(*letter));
    return found.size() < most;
  });
  return found;
}

}  // namespace ao::outbox
