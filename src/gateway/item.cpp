// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/gateway/item.hpp"

#include <fmt/format.h>

#include "ao/gateway/answer.hpp"
#include "ao/message/json.hpp"

namespace ao::gateway {

using message::DataItem;
using message::List;
using message::Tags;
using message::Value;

namespace {

constexpr std::size_t kAnchorBytes = 32;
constexpr std::size_t kTagsMax = 1'024;  // more are no item's, whatever its form

std::unexpected<Error> incomplete(const MessageId& id, std::string_view what) {
  return fail(ErrorKind::kInvalid, "gateway-incomplete",
              fmt::format("the gateway tells {} of item {}", what, id.text()));
}

// Empty where it is left out, or is none.
Bytes decoded(BytesView text) {
  auto bytes = from_base64url(text);
  return bytes ? std::move(*bytes) : Bytes();
}

// A text, or with some an object that has it.
BytesView key_in(const Value& owner) {
  const Value* key = owner.find("key");
  return key != nullptr && key->map() != nullptr ? key->text("key") : owner.text("key");
}

// Some tell it as it is, others as base64url.
Bytes anchor_in(BytesView text) {
  if (text.size() == kAnchorBytes) return Bytes(text);
  Bytes bytes = decoded(text);
  return bytes.size() == kAnchorBytes ? bytes : Bytes(text);
}

std::optional<Tags> tags_in(const Value& node) {
  const Value* told = node.find("tags");
  if (told == nullptr || told->is_null()) return Tags();
  if (told->list() == nullptr || told->list()->size() > kTagsMax) return std::nullopt;
  Tags tags;
  for (const Value& one : *told->list())
    tags.push_back({Bytes(one.text("name")), Bytes(one.text("value"))});
  return tags;
}

std::optional<crypto::SignatureType> type_of(BytesView owner, BytesView signature) {
  for (const auto type : {crypto::SignatureType::kArweave, crypto::SignatureType::kEd25519,
                          crypto::SignatureType::kEthereum}) {
    const auto sizes = crypto::sizes_of(type);
    if (owner.size() == sizes.public_key && signature.size() == sizes.signature) return type;
  }
  return std::nullopt;
}

Result<Description> description_of(const Value& node, const MessageId& id) {
  Description described;
  described.id = id;
  const Value* owner = node.find("owner");
  described.owner = owner == nullptr ? Bytes() : decoded(key_in(*owner));
  described.signature = decoded(node.text("signature"));
  if (described.owner.empty()) return incomplete(id, "no key");
  if (described.signature.empty()) return incomplete(id, "no signature");
  auto tags = tags_in(node);
  if (!tags) return incomplete(id, "no list of tags");
  described.draft.tags = std::move(*tags);
  described.draft.target = decoded(node.text("recipient"));
  described.draft.anchor = anchor_in(node.text("anchor"));
  if (const Value* data = node.find("data")) described.data_bytes = number_at(*data, "size");
  const Value* parent = node.find("bundledIn");
  described.is_bundled = parent != nullptr && MessageId::from_text(parent->text("id")).has_value();
  return described;
}

}  // namespace

Bytes item_query(const MessageId& id) {
  return asking(fmt::format(
      "query {{ transactions(ids: [\"{}\"], first: 1) {{ edges {{ cursor node {{ id anchor "
      "signature recipient owner {{ address key }} data {{ size }} tags {{ name value }} "
      "bundledIn {{ id }} }} }} }} }}",
      id.text()));
}

Result<std::optional<Description>> description_in(BytesView body, const MessageId& id) {
  const auto said = message::from_json(body);
  const List* edges = said ? edges_in(*said) : nullptr;
  if (edges == nullptr)
    return fail(ErrorKind::kUnavailable, "gateway-answer",
                "the gateway answered a query with: " + shown(body));
  for (const Value& edge : *edges) {
    const Value* node = edge.find("node");
    if (node == nullptr || node->text("id") != id.text()) continue;
    AO_TRY(described, description_of(*node, id));
    return std::optional(std::move(described));
  }
  return std::optional<Description>();
}

Result<DataItem> rebuilt(Description described, Bytes data) {
  const auto type = type_of(described.owner, described.signature);
  if (!type)
    return incomplete(described.id,
                      fmt::format("a key of {} bytes and a signature of {}", described.owner.size(),
                                  described.signature.size()));
  described.draft.data = std::move(data);
  auto item = DataItem::assemble(described.draft, *type, described.owner, described.signature);
  if (!item) return incomplete(described.id, "what no data item has (" + item.error().text + ")");
  if (item->id() != described.id)
    return fail(ErrorKind::kInvalid, "gateway-forged",
                fmt::format("the gateway gave item {} for item {}", item->id().text(),
                            described.id.text()));
  return std::move(*item);
}

}  // namespace ao::gateway
