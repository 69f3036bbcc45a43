// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/ans104.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ao/codec/ids.hpp"
#include "ao/codec/structured.hpp"
#include "ao/codec/structured_fields.hpp"
#include "ao/message/paths.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::BundledItem;
using message::DataItem;
using message::Map;
using message::Tag;
using message::Tags;
using message::Value;

namespace {

constexpr std::string_view kDevice = "ans104@1.0";

struct TypeName {
  crypto::SignatureType type;
  std::string_view name;
};
constexpr std::array<TypeName, 3> kTypes = {{
    {crypto::SignatureType::kArweave, "rsa-pss-sha256"},
    {crypto::SignatureType::kEd25519, "ed25519"},
    {crypto::SignatureType::kEthereum, "ecdsa-secp256k1-eip191"},
}};

bool is_bundle_tag(BytesView key) {
  return key == "bundle-format" || key == "bundle-version" || key == "bundle-map";
}

// Fields of the item, which a tag of the same name must not shadow.
bool is_field(const DataItem& item, BytesView key) {
  return (key == "target" && !item.target().empty()) ||
         (key == "last_tx" && !item.anchor().empty()) || (key == "data" && !item.data().empty());
}

// Whether the tags can be told from the keys of the message: sorted, in lower case, all different.
bool are_plain(const Tags& tags) {
  const auto is_plain = [](const Tag& tag) {
    return message::normal_key(tag.name) == BytesView(tag.name) && !is_bundle_tag(tag.name);
  };
  return std::ranges::all_of(tags, is_plain) &&
         std::ranges::adjacent_find(tags, std::ranges::greater_equal(), &Tag::name) == tags.end();
}

// Several values of one key, as a structured-field list.
Bytes list_text(const std::vector<BytesView>& values) {
  Bytes out;
  for (const BytesView value : values) {
    out += out.empty() ? "\"" : ", \"";
    for (const char c : value) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out;
}

Map keys_of(const DataItem& item) {
  std::vector<std::pair<Bytes, std::vector<BytesView>>> keys;
  for (const Tag& tag : item.tags()) {
    Bytes key = message::normal_key(tag.name);
    if (is_field(item, key)) continue;
    const auto held = std::ranges::find(keys, key, [](const auto& one) { return one.first; });
    if (held == keys.end()) {
      keys.emplace_back(std::move(key), std::vector<BytesView>{tag.value});
    } else {
      held->second.push_back(tag.value);
    }
  }
  Map map;
  for (auto& [key, values] : keys)
    map.set(std::move(key), values.size() == 1 ? Bytes(values[0]) : list_text(values));
  if (!item.target().empty()) map.set("target", Bytes(item.target()));
  if (!item.anchor().empty()) map.set("last_tx", Bytes(item.anchor()));
  if (!item.data().empty()) map.set("data", Bytes(item.data()));
  return map;
}

Commitment commitment_of(const DataItem& item, const Map& map) {
  Commitment made;
  made.id = item.id();
  made.device = kDevice;
  made.type = std::ranges::find(kTypes, item.type(), &TypeName::type)->name;
  made.committer = item.signer();
  made.keyid = base64url(item.owner());
  made.signature = item.signature();
  for (const auto& [key, value] : map)
    made.committed.push_back(key);
  if (!are_plain(item.tags())) made.original_tags = item.tags();
  return made;
}

Map tabm_of(const DataItem& item, const std::vector<BundledItem>& within) {
  Map map = keys_of(item);
  if (message::is_bundle(item)) {
    for (const char* name : {"bundle-format", "bundle-version", "bundle-map"})
      map.remove(name);
    std::vector<Map::Entry> items;
    for (std::size_t i = 0; i < within.size(); ++i)
      items.emplace_back(std::to_string(i + 1), tabm_of(within[i].item, within[i].items));
    map.set("data", Map::from(std::move(items)));
  }
  set_commitments(map, {commitment_of(item, map)});
  return map;
}

std::unexpected<Error> unfit(std::string_view what) {
  return fail(ErrorKind::kInvalid, "commitment-malformed",
              fmt::format("the message is no data item: {}", what));
}

Result<Bytes> data_of(const Map& tabm) {
  const Value* data = tabm.find("data");
  if (data == nullptr) return Bytes();
  if (data->bytes() != nullptr) return *data->bytes();
  std::vector<DataItem> items;
  for (std::size_t i = 1; i <= data->map()->size(); ++i) {
    const Value* one = data->find(std::to_string(i));
    if (one == nullptr || one->map() == nullptr)
      return unfit("its data is neither bytes nor numbered items");
    AO_TRY(item, item_from_tabm(*one->map()));
    items.push_back(std::move(item));
  }
  return message::write_bundle(items);
}

Result<Tags> tags_of(const Map& tabm, const Commitment& commitment) {
  if (commitment.original_tags) return *commitment.original_tags;
  Tags tags;
  for (const Bytes& key : commitment.committed) {
    if (key == "target" || key == "last_tx" || key == "data") continue;
    const Value* value = tabm.find(key);
    if (value == nullptr || value->bytes() == nullptr)
      return unfit(fmt::format("key '{}', which the signer covered, is no text", shown(key)));
    tags.push_back({key, *value->bytes()});
  }
  return tags;
}

}  // namespace

Result<Map> tabm_from_item(const DataItem& item, const message::BundleLimits& limits) {
  if (!message::is_bundle(item)) return tabm_of(item, {});
  AO_TRY(within, message::read_bundle(item.data(), limits));
  return tabm_of(item, within);
}

Result<DataItem> item_from_tabm(const Map& tabm) {
  AO_TRY(commitments, commitments_of(tabm));
  const auto commitment = std::ranges::find(commitments, kDevice, &Commitment::device);
  if (commitment == commitments.end()) return unfit("it has no commitment of ans104@1.0");
  const auto type = std::ranges::find(kTypes, std::string_view(commitment->type), &TypeName::name);
  if (type == kTypes.end())
    return unfit(fmt::format("'{}' is no type of signature", shown(commitment->type)));
  AO_TRY(owner, from_any_base64(commitment->keyid));
  AO_TRY(tags, tags_of(tabm, *commitment));
  AO_TRY(data, data_of(tabm));
  message::Draft draft;
  draft.target = Value(tabm).text("target");
  draft.anchor = Value(tabm).text("last_tx");
  draft.tags = std::move(tags);
  draft.data = std::move(data);
  AO_TRY(item, DataItem::assemble(draft, type->type, owner, commitment->signature));
  AO_TRY(again, tabm_from_item(item));
  if (item.id() != commitment->id) return unfit("its signature has another id");
  for (const Bytes& key : commitment->committed) {
    const Value* here = tabm.find(key);
    const Value* there = again.find(key);
    if (here == nullptr || there == nullptr || *here != *there)
      return unfit(fmt::format("key '{}' is not what the tags say", shown(key)));
  }
  return item;
}

Result<message::Draft> to_draft(const Map& message) {
  AO_TRY(tabm, to_tabm(message));
  AO_TRY(texts, linked(tabm));
  message::Draft draft;
  for (const auto& [key, value] : texts) {
    const Bytes& text = *value.bytes();
    if (key == "data") {
      draft.data = text;
    } else if (key == "target" || key == "last_tx" || key == "anchor") {
      const auto id = MessageId::from_text(text);
      const Bytes raw = id ? Bytes(id->bytes()) : text;
      if (raw.size() != MessageId::kSize)
        return fail(ErrorKind::kInvalid, key == "target" ? "ans104-target" : "ans104-anchor",
                    fmt::format("the {} of an item has 32 bytes, this one {}", key, raw.size()));
      (key == "target" ? draft.target : draft.anchor) = raw;
    } else {
      draft.tags.push_back({key, text});
    }
  }
  return draft;
}

}  // namespace ao::codec
