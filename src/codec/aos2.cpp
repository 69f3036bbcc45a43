// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/aos2.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/crypto/digest.hpp"
#include "ao/message/json.hpp"
#include "ao/message/outcome.hpp"
#include "ao/message/paths.hpp"
#include "type_names.hpp"

namespace ao::codec {
namespace {

using message::Assignment;
using message::DataItem;
using message::List;
using message::Map;
using message::Tag;
using message::Tags;
using message::tags_value;
using message::Value;

constexpr std::string_view kBase64Url = "base64url";

// ---- writing -----------------------------------------------------------------------------------

Bytes anchor_text(const DataItem& item) {
  return is_utf8(item.anchor()) ? Bytes(item.anchor()) : base64url(item.anchor());
}

Bytes target_text(const DataItem& item) {
  return item.target().empty() ? Bytes() : base64url(item.target());
}

Map message_map(const DataItem& item) {
  const Bytes owner = item.signer().text;
  const BytesView from = item.tag("From-Process");
  const bool is_text = is_utf8(item.data());
  Map map;
  map.set("Anchor", anchor_text(item));
  map.set("Data", is_text ? Bytes(item.data()) : base64url(item.data()));
  if (!is_text) map.set("Data-Encoding", kBase64Url);
  map.set("From", from.empty() ? owner : Bytes(from));
  map.set("Id", item.id().text());
  map.set("Owner", owner);
  map.set("Signature", base64url(item.signature()));
  map.set("Tags", tags_value(item.tags()));
  map.set("Target", target_text(item));
  return map;
}

Value number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Value text_or_null(Bytes text) {
  return text.empty() ? Value() : Value(std::move(text));
}

Map su_item(const DataItem& item) {
  const crypto::Digest256 hash = crypto::sha256(item.owner());
  Map map;
  map.set("anchor", text_or_null(anchor_text(item)));
  map.set("id", item.id().text());
  map.set("owner",
          Map{{"address", base64url(crypto::view(hash))}, {"key", base64url(item.owner())}});
  map.set("signature", base64url(item.signature()));
  map.set("tags", tags_value(item.tags()));
  map.set("target", text_or_null(target_text(item)));
  return map;
}

// ---- reading -----------------------------------------------------------------------------------

std::unexpected<Error> bad(std::string_view code, std::string text) {
  return fail(ErrorKind::kInvalid, code, std::move(text));
}

class Fields {
 public:
  static Result<Fields> of(const Map& object) {
    std::vector<Map::Entry> entries;
    entries.reserve(object.size());
    for (const auto& [key, value] : object)
      entries.emplace_back(message::normal_key(key), value);
    std::ranges::stable_sort(entries, {}, &Map::Entry::first);
    const auto twin = std::ranges::adjacent_find(entries, {}, &Map::Entry::first);
    if (twin != entries.end())
      return bad("aos2-field", fmt::format("field '{}' stands twice, once its case is ignored",
                                           shown(twin->first)));
    Fields fields;
    fields.left_ = Map::from(std::move(entries));
    return fields;
  }

  // What the field says, which is taken away; null when it is absent.
  Value take(std::string_view name) {
    const Bytes key = message::normal_key(name);
    Value* const found = left_.find(key);
    if (found == nullptr) return {};
    Value value = std::move(*found);
    left_.remove(key);
    return value;
  }

  Result<Bytes> text(std::string_view name) {
    const Value value = take(name);
    if (value.is_null()) return Bytes();
    if (value.bytes() == nullptr)
      return bad("aos2-field", fmt::format("field '{}' must be a string", name));
    return *value.bytes();
  }

  Map left() && { return std::move(left_); }

 private:
  Map left_;
};

Result<Tags> tags_of(const Value& value) {
  Tags tags;
  if (value.is_null()) return tags;
  if (value.list() == nullptr) return bad("aos2-tags", "field 'Tags' must be an array");
  tags.reserve(value.list()->size());
  for (const Value& one : *value.list()) {
    const Value* const name = one.find("name");
    const Value* const text = one.find("value");
    const bool are_strings = name != nullptr && name->bytes() && text != nullptr && text->bytes();
    if (!are_strings || one.map()->size() != 2)
      return bad("aos2-tags", fmt::format("field 'Tags', item {}: a tag is a name and a value, "
                                          "both of them strings",
                                          tags.size()));
    if (name->bytes()->empty())
      return bad("aos2-tags", fmt::format("field 'Tags', item {}: its name is empty", tags.size()));
    tags.push_back({*name->bytes(), *text->bytes()});
  }
  return tags;
}

Result<Bytes> target_of(const Bytes& text) {
  if (text.empty()) return Bytes();
  const auto id = MessageId::from_text(text);
  if (!id) return bad("aos2-target", "field 'Target' must be an id of 43 characters, or empty");
  return Bytes(id->bytes());
}

Bytes anchor_of(const Bytes& text) {
  const auto id = MessageId::from_text(text);
  return id ? Bytes(id->bytes()) : text;
}

Result<Bytes> data_of(Bytes text, BytesView encoding) {
  if (encoding.empty()) return text;
  if (encoding != kBase64Url)
    return bad("aos2-data", fmt::format("field 'Data-Encoding' is '{}': this node reads base64url",
                                        shown(encoding)));
  const auto bytes = from_base64url(text);
  if (!bytes) return bad("aos2-data", "field 'Data': " + bytes.error().text);
  return *bytes;
}

}  // namespace

Value aos2_message(const DataItem& item) {
  return message_map(item);
}

Value aos2_scheduled(const Assignment& assignment) {
  Map map = message_map(assignment.body());
  map.set("Block-Height", number(assignment.block_height()));
  map.set("Cron", false);
  map.set("Epoch", 0);
  map.set("Hash-Chain", assignment.chain().text());
  map.set("Nonce", number(assignment.slot().number));
  map.set("Timestamp", number(assignment.timestamp().milliseconds));
  return map;
}

Value aos2_page(std::span<const Assignment> assignments, const Aos2Page& page) {
  List edges;
  edges.reserve(assignments.size());
  for (const Assignment& assignment : assignments) {
    Map node{{"assignment", message_map(assignment.item())},
             {"message", message_map(assignment.body())}};
    edges.emplace_back(
        Map{{"cursor", number(assignment.slot().number)}, {"node", std::move(node)}});
  }
  Map about{{"block-height", number(page.block_height)},
            {"has_next_page", page.has_next_page},
            {"process", page.process.text()},
            {"timestamp", number(page.timestamp.milliseconds)}};
  return Map{{"edges", std::move(edges)}, {"page_info", std::move(about)}};
}

Value su_node(const Assignment& assignment) {
  const DataItem& item = assignment.body();
  Map body = su_item(item);
  body.set("data", is_utf8(item.data()) ? Value(item.data()) : Value());
  return Map{{"assignment", su_item(assignment.item())}, {"message", std::move(body)}};
}

Value su_page(std::span<const Assignment> assignments, bool has_next_page, SuCursor cursor) {
  List edges;
  edges.reserve(assignments.size());
  for (const Assignment& assignment : assignments) {
    const std::uint64_t place =
        cursor == SuCursor::kNonce ? assignment.slot().number : assignment.timestamp().milliseconds;
    edges.emplace_back(Map{{"cursor", std::to_string(place)}, {"node", su_node(assignment)}});
  }
  return Map{{"edges", std::move(edges)}, {"page_info", Map{{"has_next_page", has_next_page}}}};
}

Result<ClaimedMessage> read_aos2_message(std::string_view json) {
  AO_TRY(value, message::from_json(json));
  if (value.map() == nullptr) return bad("aos2-message", "a message is a JSON object");
  AO_TRY(fields, Fields::of(*value.map()));
  ClaimedMessage claimed;
  AO_TRY(id, fields.text("Id"));
  AO_TRY(owner, fields.text("Owner"));
  AO_TRY(from, fields.text("From"));
  AO_TRY(target, fields.text("Target"));
  AO_TRY(anchor, fields.text("Anchor"));
  AO_TRY(data, fields.text("Data"));
  AO_TRY(encoding, fields.text("Data-Encoding"));
  AO_TRY(target_bytes, target_of(target));
  AO_TRY(tags, tags_of(fields.take("Tags")));
  AO_TRY(data_bytes, data_of(std::move(data), encoding));
  claimed.draft = {std::move(target_bytes), anchor_of(anchor), std::move(tags),
                   std::move(data_bytes)};
  const Bytes* sender = message::find_tag(claimed.draft.tags, "From-Process");
  claimed.from = !from.empty() ? from : sender != nullptr && !sender->empty() ? *sender : owner;
  claimed.id = std::move(id);
  claimed.owner = std::move(owner);
  claimed.more = std::move(fields).left();
  return claimed;
}

}  // namespace ao::codec
