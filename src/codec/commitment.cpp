// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/commitment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ao/message/paths.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::List;
using message::Map;
using message::Value;

namespace {

std::unexpected<Error> malformed(BytesView id, std::string_view what) {
  return fail(ErrorKind::kInvalid, "commitment-malformed",
              fmt::format("commitment {}: {}", shown(id), what));
}

// A list, or a map with keys 1, 2, … as it is on the wire.
Result<std::vector<Bytes>> committed_keys(BytesView id, const Value* value) {
  std::vector<Bytes> keys;
  if (value == nullptr) return keys;
  const auto take = [&](const Value& one) {
    if (one.bytes() != nullptr) keys.push_back(*one.bytes());
    return one.bytes() != nullptr;
  };
  if (const List* list = value->list()) {
    if (!std::ranges::all_of(*list, take)) return malformed(id, "a committed key is no text");
    return keys;
  }
  const Map* map = value->map();
  if (map == nullptr) return malformed(id, "\"committed\" is no list");
  for (std::size_t i = 1; keys.size() + (map->find("ao-types") != nullptr) < map->size(); ++i) {
    const Value* one = map->find(std::to_string(i));
    if (one == nullptr || !take(*one)) return malformed(id, "\"committed\" is no list of texts");
  }
  return keys;
}

Map tags_value(const message::Tags& tags) {
  std::vector<Map::Entry> entries;
  for (std::size_t i = 0; i < tags.size(); ++i)
    entries.emplace_back(std::to_string(i + 1),
                         Map{{"name", Bytes(tags[i].name)}, {"value", Bytes(tags[i].value)}});
  return Map::from(std::move(entries));
}

Result<message::Tags> tags_from(BytesView id, const Value& value) {
  message::Tags tags;
  if (value.map() == nullptr) return malformed(id, "\"original-tags\" is no message");
  for (std::size_t i = 1; i <= value.map()->size(); ++i) {
    const Value* one = value.find(std::to_string(i));
    if (one == nullptr || one->find("name") == nullptr || one->find("value") == nullptr)
      return malformed(id, "\"original-tags\" is no list of {name, value}");
    tags.push_back({Bytes(one->text("name")), Bytes(one->text("value"))});
  }
  return tags;
}

std::optional<Bytes> text_at(const Value& value, BytesView key) {
  const Value* found = value.find(key);
  if (found == nullptr || found->bytes() == nullptr) return std::nullopt;
  return *found->bytes();
}

}  // namespace

Map Commitment::value() const {
  List keys;
  for (const Bytes& key : committed)
    keys.emplace_back(key);
  Map map{{"commitment-device", device},
          {"committed", std::move(keys)},
          {"keyid", keyid},
          {"signature", base64url(signature)},
          {"type", type}};
  if (committer) map.set("committer", committer->text);
  if (is_bundled) map.set("bundle", "true");
  if (tag) map.set("tag", *tag);
  if (signature_input) map.set("signature-input", *signature_input);
  if (original_tags) map.set("original-tags", tags_value(*original_tags));
  return map;
}

Result<Commitment> Commitment::from(BytesView id, const Value& value) {
  Commitment commitment;
  const auto read_id = MessageId::from_text(id);
  if (!read_id) return malformed(id, "its key is no id of 43 characters");
  commitment.id = *read_id;
  commitment.device = value.text("commitment-device");
  commitment.type = value.text("type");
  if (commitment.type.empty()) commitment.type = value.text("alg");
  commitment.keyid = value.text("keyid");
  if (commitment.device.empty() || commitment.type.empty())
    return malformed(id, "\"commitment-device\" or \"type\" is missing");
  auto signature = from_any_base64(value.text("signature"));
  if (!signature) return malformed(id, "\"signature\": " + signature.error().text);
  commitment.signature = std::move(*signature);
  AO_TRY(keys, committed_keys(id, value.find("committed")));
  commitment.committed = std::move(keys);
  if (auto committer = text_at(value, "committer"))
    commitment.committer = Address{std::move(*committer)};
  const Value* bundle = value.find("bundle");
  commitment.is_bundled = value.text("bundle") == "true" || (bundle != nullptr && *bundle == true);
  commitment.tag = text_at(value, "tag");
  commitment.signature_input = text_at(value, "signature-input");
  if (const Value* tags = value.find("original-tags")) {
    AO_TRY(read, tags_from(id, *tags));
    commitment.original_tags = std::move(read);
  }
  return commitment;
}

Result<std::vector<Commitment>> commitments_of(const Map& message) {
  std::vector<Commitment> all;
  const Value* held = message.find("commitments");
  if (held == nullptr) return all;
  if (held->map() == nullptr)
    return fail(ErrorKind::kInvalid, "commitment-malformed", "\"commitments\" is no message");
  for (const auto& [id, value] : *held->map()) {
    AO_TRY(one, Commitment::from(id, value));
    all.push_back(std::move(one));
  }
  return all;
}

void set_commitments(Map& message, const std::vector<Commitment>& commitments) {
  std::vector<Map::Entry> entries;
  for (const Commitment& one : commitments)
    entries.emplace_back(one.id.text(), one.value());
  message.remove("commitments");
  if (!entries.empty()) message.set("commitments", Map::from(std::move(entries)));
}

Result<Map> with_only_committed(const Map& message) {
  AO_TRY(commitments, commitments_of(message));
  if (commitments.empty()) return message;
  std::vector<std::set<Bytes, std::less<>>> covered;
  for (Commitment& one : commitments)
    covered.emplace_back(one.committed.begin(), one.committed.end());
  Map kept;
  for (const auto& [key, value] : message) {
    const Bytes name = message::normal_key(key);
    const bool is_covered =
        std::ranges::all_of(covered, [&](const auto& keys) { return keys.contains(name); });
    if (is_covered || key == "commitments") kept.set(key, value);
  }
  return kept;
}

}  // namespace ao::codec
