// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/record.hpp"

#include <fmt/format.h>

#include "ao/message/cbor.hpp"

namespace ao::settlement {
namespace {

using message::List;
using message::Map;
using message::Value;

constexpr std::size_t kSpanBytes = 1 + 8 + 8;

std::unexpected<Error> damaged(std::uint64_t number, std::string_view what) {
  return fail(ErrorKind::kUnavailable, "settlement-damaged",
              fmt::format("the record of bundle {} cannot be read: {}", number, what));
}

// The fields of a record, of which each must be there.
class Fields {
 public:
  explicit Fields(const Map& map) : map_(map) {}

  std::uint64_t number(BytesView name) {
    const Value* value = map_.find(name);
    const bool is_here = value != nullptr && value->integer() != nullptr && *value->integer() >= 0;
    is_whole_ = is_whole_ && is_here;
    return is_here ? static_cast<std::uint64_t>(*value->integer()) : 0;
  }

  Bytes text(BytesView name) {
    const Value* value = map_.find(name);
    const bool is_here = value != nullptr && value->bytes() != nullptr;
    is_whole_ = is_whole_ && is_here;
    return is_here ? *value->bytes() : Bytes();
  }

  bool is_whole() const { return is_whole_; }

 private:
  const Map& map_;
  bool is_whole_ = true;
};

Value value_of(std::uint64_t number) {
  return Value(static_cast<std::int64_t>(number));
}

Bytes packed(const std::vector<Span>& spans) {
  Bytes bytes;
  for (const Span& span : spans) {
    bytes.push_back(static_cast<char>(span.shard.number));
    put_u64be(bytes, span.from);
    put_u64be(bytes, span.end);
  }
  return bytes;
}

std::vector<Span> spans_in(BytesView bytes) {
  std::vector<Span> spans;
  for (; bytes.size() >= kSpanBytes; bytes.remove_prefix(kSpanBytes))
    spans.push_back({store::Shard{static_cast<std::uint8_t>(bytes.front())},
                     get_u64be(bytes.substr(1)), get_u64be(bytes.substr(9))});
  return spans;
}

Value value_of(const Envelope& envelope) {
  return Map{{"anchor", envelope.terms.anchor},
             {"height", value_of(envelope.terms.height)},
             {"made", value_of(envelope.made.milliseconds)},
             {"owner", envelope.owner},
             {"reward", value_of(envelope.terms.reward)},
             {"root", envelope.data_root},
             {"signature", envelope.signature},
             {"size", value_of(envelope.data_size)}};
}

std::optional<Envelope> envelope_in(const Value& value) {
  if (value.map() == nullptr) return std::nullopt;
  Fields fields(*value.map());
  Envelope envelope;
  envelope.terms.anchor = fields.text("anchor");
  envelope.terms.height = fields.number("height");
  envelope.terms.reward = fields.number("reward");
  envelope.made = Timestamp{fields.number("made")};
  envelope.owner = fields.text("owner");
  envelope.data_root = fields.text("root");
  envelope.signature = fields.text("signature");
  envelope.data_size = fields.number("size");
  if (!fields.is_whole()) return std::nullopt;
  envelope.id = *MessageId::from_bytes(crypto::view(crypto::sha256(envelope.signature)));
  return envelope;
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::kMade:
      return "made";
    case State::kSent:
      return "sent";
    case State::kAccepted:
      return "accepted";
    case State::kConfirmed:
      return "confirmed";
  }
  return "unknown";
}

Bytes to_bytes(const Record& record) {
  Bytes items;
  for (const MessageId& item : record.items)
    items += item.bytes();
  Map map{{"bundler", record.bundler},
          {"bytes", value_of(record.bytes)},
          {"changed", value_of(record.changed.milliseconds)},
          {"height", value_of(record.height)},
          {"id", record.id.bytes()},
          {"items", std::move(items)},
          {"made", value_of(record.made.milliseconds)},
          {"messages", value_of(record.messages)},
          {"oldest", value_of(record.oldest.milliseconds)},
          {"owner", record.owner},
          {"reason", record.reason},
          {"sends", value_of(record.sends)},
          {"signature", record.signature},
          {"spans", packed(record.spans)},
          {"state", value_of(static_cast<std::uint64_t>(record.state))},
          {"type", value_of(static_cast<std::uint64_t>(record.type))}};
  if (!record.envelopes.empty()) {
    List envelopes;
    for (const Envelope& envelope : record.envelopes)
      envelopes.push_back(value_of(envelope));
    map.set("envelopes", std::move(envelopes));
  }
  return message::to_cbor(map);
}

Result<Record> record_in(std::uint64_t number, BytesView value) {
  const auto decoded = message::from_cbor(value);
  if (!decoded) return damaged(number, decoded.error().text);
  if (decoded->map() == nullptr) return damaged(number, "it is no map");
  Fields fields(*decoded->map());
  Record record;
  record.number = number;
  const auto id = MessageId::from_bytes(fields.text("id"));
  record.type = static_cast<crypto::SignatureType>(fields.number("type"));
  record.owner = fields.text("owner");
  record.signature = fields.text("signature");
  const Bytes spans = fields.text("spans");
  const Bytes items = fields.text("items");
  record.messages = fields.number("messages");
  record.bytes = fields.number("bytes");
  record.oldest = Timestamp{fields.number("oldest")};
  record.made = Timestamp{fields.number("made")};
  const std::uint64_t state = fields.number("state");
  record.changed = Timestamp{fields.number("changed")};
  record.sends = fields.number("sends");
  record.bundler = fields.text("bundler");
  record.height = fields.number("height");
  record.reason = fields.text("reason");
  if (!fields.is_whole() || !id) return damaged(number, "a field is missing");
  const bool has_sizes = spans.size() % kSpanBytes == 0 && items.size() % MessageId::kSize == 0;
  if (!has_sizes || state > static_cast<std::uint64_t>(State::kConfirmed))
    return damaged(number, "a field holds what it cannot hold");
  record.id = *id;
  record.state = static_cast<State>(state);
  record.spans = spans_in(spans);
  for (std::size_t at = 0; at < items.size(); at += MessageId::kSize)
    record.items.push_back(*MessageId::from_bytes(BytesView(items).substr(at, MessageId::kSize)));
  const Value* envelopes = decoded->find("envelopes");  // most have none
  if (envelopes == nullptr) return record;
  if (envelopes->list() == nullptr) return damaged(number, "its envelopes are no list");
  for (const Value& each : *envelopes->list()) {
    auto envelope = envelope_in(each);
    if (!envelope) return damaged(number, "an envelope of it is none");
    record.envelopes.push_back(std::move(*envelope));
  }
  return record;
}

}  // namespace ao::settlement
