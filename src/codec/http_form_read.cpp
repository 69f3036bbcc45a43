// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "ao/codec/http_form.hpp"
#include "ao/codec/structured.hpp"
#include "ao/codec/structured_fields.hpp"
#include "ao/crypto/digest.hpp"
#include "multipart.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::Map;
using message::Value;

namespace {

// Said of how a message is written, or of its signatures, and not by it.
constexpr std::array<std::string_view, 7> kOfTheForm = {
    "ao-body-key", "body-keys",      "content-digest", "inline-body-key",
    "signature",   "signature-base", "signature-input"};

// Said by the transport, unless a signer meant it.
constexpr std::array<std::string_view, 10> kOfTheTransport = {"accept-encoding",
                                                              "accept-language",
                                                              "connection",
                                                              "content-length",
                                                              "expect",
                                                              "host",
                                                              "keep-alive",
                                                              "te",
                                                              "transfer-encoding",
                                                              "user-agent"};

bool is_of_the_message(BytesView name, std::span<const Bytes> signed_fields) {
  if (std::ranges::find(kOfTheForm, name) != kOfTheForm.end()) return false;
  const bool is_transport = name.starts_with("sec-fetch-") ||
                            std::ranges::find(kOfTheTransport, name) != kOfTheTransport.end();
  return !is_transport || std::ranges::find(signed_fields, name) != signed_fields.end();
}

// The same, where a part has such a name.
Result<> check_part_key(BytesView key, bool is_top) {
  const bool is_of_any_body = key == "ao-body-key" || key == "inline-body-key" ||
                              key == "body-keys" || key == "content-digest";
  if (is_of_any_body || (is_top && std::ranges::find(kOfTheForm, key) != kOfTheForm.end()))
    return fail(ErrorKind::kInvalid, "http-form-key",
                fmt::format("a part is named '{}', which is reserved", shown(key)));
  return {};
}

std::unexpected<Error> conflict(BytesView key) {
  return fail(ErrorKind::kInvalid, "http-form-conflict",
              fmt::format("key '{}' has two values", shown(key)));
}

// A message while its parts are put together: a text, or what lies below, or nothing yet.
struct Node {
  std::optional<Bytes> text;
  bool is_map = false;
  std::map<Bytes, std::unique_ptr<Node>, std::less<>> below;

  Result<Node*> child(BytesView key) {
    if (text) return conflict(key);
    is_map = true;
    const Bytes name = normal_field(key);
    if (name.empty())
      return fail(ErrorKind::kInvalid, "http-form-key", "a part has an empty key in its name");
    auto& place = below[name];
    if (!place) place = std::make_unique<Node>();
    return place.get();
  }

  Result<> set(BytesView key, BytesView value) {
    AO_TRY(place, child(key));
    if (place->text || place->is_map) return conflict(key);
    place->text = value;
    return {};
  }

  Value value() && {
    if (text) return std::move(*text);
    std::vector<Map::Entry> entries;
    entries.reserve(below.size());
    for (auto& [key, node] : below)
      entries.emplace_back(key, std::move(*node).value());
    return Map::from(std::move(entries));
  }
};

Result<> expand_ids(Node& node, BytesView text) {
  const auto ids = sf::parse_dictionary(text, sf::Keys::kAo, sf::Duplicates::kRefuse);
  if (!ids) return fail(ErrorKind::kInvalid, "http-form-ids", "ao-ids: " + ids.error().text);
  for (const sf::Entry& entry : *ids) {
    const auto* item = std::get_if<sf::Item>(&entry.member);
    const auto* value = item != nullptr ? std::get_if<Bytes>(&item->value) : nullptr;
    if (value == nullptr)
      return fail(ErrorKind::kInvalid, "http-form-ids",
                  fmt::format("ao-ids: the value of '{}' is no string", shown(entry.key)));
    // A client sends an id as a field of its own as well, in the case that HTTP leaves it.
    const auto twin = node.below.find(lower_case(entry.key));
    if (twin != node.below.end() && twin->second->text == *value) node.below.erase(twin);
    AO_CHECK(node.set(entry.key, *value));
  }
  return {};
}

// A long `ao-ids` is a part like any other, so they are expanded when all is read, on all levels.
Result<> expand_all_ids(Node& node) {
  if (const auto found = node.below.find("ao-ids"); found != node.below.end()) {
    if (!found->second->text)
      return fail(ErrorKind::kInvalid, "http-form-ids", "ao-ids must be text");
    const Bytes text = *found->second->text;
    node.below.erase(found);
    AO_CHECK(expand_ids(node, text));
  }
  for (auto& [key, child] : node.below)
    AO_CHECK(expand_all_ids(*child));
  return {};
}

// The place that a part's name gives, such as `a/b`.
Result<Node*> place_of(Node& root, BytesView name) {
  Node* at = &root;
  std::size_t depth = 0;
  while (true) {
    if (++depth > kDepthMax)
      return fail(ErrorKind::kTooLarge, "structured-depth",
                  fmt::format("a part's name has more than {} keys", kDepthMax));
    const std::size_t slash = name.find('/');
    AO_CHECK(check_part_key(normal_field(name.substr(0, slash)), depth == 1));
    AO_TRY(next, at->child(name.substr(0, slash)));
    at = next;
    if (slash == BytesView::npos) return at;
    name.remove_prefix(slash + 1);
  }
}

BytesView line_named(const ReadPart& part, BytesView name) {
  for (const Line& line : part.lines)
    if (same_key(line.name, name)) return line.value;
  return {};
}

BytesView inline_key_of(BytesView named, BytesView named_by_client) {
  if (!named.empty()) return named;
  return named_by_client.empty() ? "body" : named_by_client;
}

Result<> add_part(Node& root, const ReadPart& part, BytesView inline_key) {
  AO_TRY(place, place_of(root, part.name.empty() ? inline_key : BytesView(part.name)));
  if (part.lines.empty() && part.content) {
    if (place->text || place->is_map) return conflict(part.name);
    place->text = *part.content;
    return {};
  }
  if (place->text) return conflict(part.name);
  place->is_map = true;
  if (line_named(part, "ao-types") == "empty-message" && part.lines.size() == 1) return {};
  for (const Line& line : part.lines) {
    const bool is_about_the_part =
        same_key(line.name, "content-digest") || same_key(line.name, "ao-body-key") ||
        same_key(line.name, "inline-body-key") || same_key(line.name, "body-keys");
    if (!is_about_the_part) AO_CHECK(place->set(line.name, line.value));
  }
  if (part.content && !part.content->empty())
    AO_CHECK(place->set(
        inline_key_of(line_named(part, "ao-body-key"), line_named(part, "inline-body-key")),
        *part.content));
  return {};
}

}  // namespace

Result<Map> from_http_form(const HttpForm& form, std::span<const Bytes> signed_fields) {
  const Value fields(form.fields);
  AO_TRY(boundary, boundary_of(fields.text("content-type")));
  const BytesView inline_key =
      inline_key_of(fields.text("ao-body-key"), fields.text("inline-body-key"));
  Node root;
  root.is_map = true;
  for (const auto& [name, value] : form.fields) {
    if (!is_of_the_message(name, signed_fields)) continue;
    if (boundary && name == "content-type") continue;
    AO_CHECK(root.set(name, *value.bytes()));
  }
  if (boundary) {
    AO_TRY(parts, read_parts(form.body, *boundary));
    for (const ReadPart& part : parts)
      AO_CHECK(add_part(root, part, inline_key));
  } else if (!form.body.empty()) {
    AO_CHECK(root.set(inline_key, form.body));
  }
  AO_CHECK(expand_all_ids(root));
  return std::move(*std::move(root).value().map());
}

Bytes content_digest(BytesView body) {
  return "sha-256=:" + base64(crypto::view(crypto::sha256(body))) + ':';
}

Result<> check_content_digest(BytesView field, BytesView body) {
  const auto digests = sf::parse_dictionary(field, sf::Keys::kAo, sf::Duplicates::kRefuse);
  if (!digests)
    return fail(ErrorKind::kInvalid, "content-digest-malformed",
                "content-digest: " + digests.error().text);
  for (const sf::Entry& entry : *digests) {
    if (entry.key != "sha-256") continue;
    const auto* item = std::get_if<sf::Item>(&entry.member);
    const auto* bytes = item != nullptr ? std::get_if<sf::ByteSequence>(&item->value) : nullptr;
    if (bytes == nullptr)
      return fail(ErrorKind::kInvalid, "content-digest-malformed",
                  "content-digest: the value of sha-256 is no byte sequence");
    const auto digest = crypto::sha256(body);
    if (bytes->bytes == crypto::view(digest)) return {};
    return fail(ErrorKind::kInvalid, "content-digest-mismatch",
                fmt::format("content-digest says sha-256 {}; the body of {} bytes has {}",
                            base64url(bytes->bytes), body.size(), base64url(crypto::view(digest))));
  }
  return fail(ErrorKind::kInvalid, "content-digest-malformed",
              "content-digest has no sha-256, the one digest that this node checks");
}

}  // namespace ao::codec
