// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "type_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ao/codec/structured_fields.hpp"
#include "ao/message/paths.hpp"
#include "list_text.hpp"

namespace ao::codec {

using message::Map;
using message::Value;

namespace {

constexpr std::size_t kShownMax = 64;

// RFC 9651 §3.3.4.
bool is_token(BytesView text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~:/";
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto fits = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
  };
  return !text.empty() && (is_letter(text[0]) || text[0] == '*') && std::ranges::all_of(text, fits);
}

bool is_plain_in_key(char c) {
  constexpr std::string_view kMarks = ".-_/?&";
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
}

void append_escaped(Bytes& out, BytesView key) {
  for (const char c : key) {
    if (is_plain_in_key(c)) {
      out.push_back(c);
    } else {
      out += '%';
      out += hex(BytesView(&c, 1));
    }
  }
}

Result<Bytes> unescaped(BytesView key) {
  Bytes out;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] != '%') {
      out.push_back(key[i]);
      continue;
    }
    unsigned byte = 0;
    const char* const digits = key.data() + i + 1;
    const bool has_two = key.size() - i > 2;
    if (!has_two || std::from_chars(digits, digits + 2, byte, 16).ptr != digits + 2)
      return fail(ErrorKind::kInvalid, "structured-types",
                  fmt::format("ao-types: key '{}' has a bad percent-escape", shown(key)));
    out.push_back(static_cast<char>(byte));
    i += 2;
  }
  return out;
}

std::unexpected<Error> bad_value(BytesView key, std::string_view what) {
  return fail(ErrorKind::kInvalid, "structured-value",
              fmt::format("key '{}': {}", shown(key), what));
}

Result<Value> integer(BytesView text, BytesView key) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::result_out_of_range)
    return bad_value(key, "an integer must fit in 64 bits");
  if (error != std::errc() || end != text.data() + text.size())
    return bad_value(key, fmt::format("'{}' is no integer", shown(text)));
  return Value(number);
}

Result<Value> real(BytesView text, BytesView key) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return bad_value(key, fmt::format("'{}' is no finite float", shown(text)));
  return Value(number);
}

Result<Value> atom(BytesView text, BytesView key) {
  if (!text.starts_with('"')) return Value::atom(text);
  const auto item = sf::parse_item(text);
  const auto* name = item ? std::get_if<Bytes>(&item->value) : nullptr;
  if (name == nullptr) return bad_value(key, "an atom's name is not quoted as it must be");
  return Value::atom(*name);
}

}  // namespace

BytesView without_link_suffix(BytesView field) {
  if (field.ends_with(kLinkSuffix)) field.remove_suffix(kLinkSuffix.size());
  return field;
}

Bytes normal_field(BytesView field) {
  const BytesView key = without_link_suffix(field);
  const bool is_link = key.size() < field.size();
  return is_link ? message::normal_key(key) + Bytes(kLinkSuffix) : message::normal_key(field);
}

std::string shown(BytesView key) {
  std::string out;
  for (const char c : key.substr(0, kShownMax))
    out += c >= ' ' && c <= '~' ? std::string(1, c) : "\\x" + hex(BytesView(&c, 1));
  return key.size() > kShownMax ? out + "…" : out;
}

Bytes types_text(const std::vector<std::pair<Bytes, std::string_view>>& types) {
  Bytes out;
  for (const auto& [key, type] : types) {
    if (!out.empty()) out += ", ";
    append_escaped(out, key);
    out += "=\"";
    out += type;
    out += '"';
  }
  return out;
}

Result<Map> read_types(BytesView text) {
  const auto dictionary = sf::parse_dictionary(text, sf::Keys::kAo, sf::Duplicates::kRefuse);
  if (!dictionary)
    return fail(ErrorKind::kInvalid, "structured-types", "ao-types: " + dictionary.error().text);
  std::vector<Map::Entry> entries;
  for (const sf::Entry& entry : *dictionary) {
    const auto* item = std::get_if<sf::Item>(&entry.member);
    const auto* name = item != nullptr ? std::get_if<Bytes>(&item->value) : nullptr;
    const auto* token = item != nullptr ? std::get_if<sf::Token>(&item->value) : nullptr;
    if (name == nullptr && token == nullptr)
      return fail(ErrorKind::kInvalid, "structured-types",
                  fmt::format("ao-types: key '{}' names no type", shown(entry.key)));
    AO_TRY(key, unescaped(entry.key));
    entries.emplace_back(std::move(key), name != nullptr ? *name : token->text);
  }
  return Map::from(std::move(entries));
}

Bytes atom_text(BytesView name) {
  if (is_token(name)) return Bytes(name);
  Bytes out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

Result<Value> value_from_text(BytesView type, BytesView text, BytesView key, std::size_t depth) {
  if (type.empty() || type == "binary" || type == "empty-binary") return Value(text);
  if (type == "integer") return integer(text, key);
  if (type == "float") return real(text, key);
  if (type == "atom") return atom(text, key);
  if (type == "list") return list_from_text(text, key, depth + 1);
  return fail(ErrorKind::kInvalid, "structured-types",
              fmt::format("key '{}': ao-types names no type that a text can have: {}", shown(key),
                          shown(type)));
}

}  // namespace ao::codec
