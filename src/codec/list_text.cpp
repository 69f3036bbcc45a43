// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "list_text.hpp"

#include <fmt/format.h>

#include "ao/codec/structured.hpp"
#include "ao/codec/structured_fields.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::List;
using message::Value;

namespace {

constexpr std::string_view kTypeOpens = "(ao-type-";

// "(ao-type-integer) 1" is the integer; any other text is itself.
Result<Value> element(BytesView text, BytesView key, std::size_t depth) {
  if (!text.starts_with(kTypeOpens)) return Value(text);
  const std::size_t close = text.find(')');
  if (close == BytesView::npos) return Value(text);
  const BytesView type = text.substr(kTypeOpens.size(), close - kTypeOpens.size());
  BytesView rest = text.substr(close + 1);
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return value_from_text(type, rest, key, depth);
}

Result<Value> older_list(BytesView text, BytesView key, std::size_t depth) {
  List list;
  while (!text.empty()) {
    const std::size_t next = text.find(",(ao-type-", 1);
    AO_TRY(one, element(text.substr(0, next), key, depth));
    list.push_back(std::move(one));
    text = next == BytesView::npos ? BytesView() : text.substr(next + 1);
  }
  return Value(std::move(list));
}

// The members of a structured field that messages have use for.
Result<Value> member(const sf::Member& held, BytesView key, std::size_t depth) {
  if (const auto* inner = std::get_if<sf::InnerList>(&held)) {
    List list;
    for (const sf::Item& item : inner->items) {
      AO_TRY(one, member(sf::Member(item), key, depth + 1));
      list.push_back(std::move(one));
    }
    return Value(std::move(list));
  }
  const sf::BareItem& bare = std::get<sf::Item>(held).value;
  if (const auto* text = std::get_if<Bytes>(&bare)) return element(*text, key, depth);
  if (const auto* token = std::get_if<sf::Token>(&bare)) return Value(token->text);
  if (const auto* bytes = std::get_if<sf::ByteSequence>(&bare)) return Value(bytes->bytes);
  if (const auto* number = std::get_if<std::int64_t>(&bare)) return Value(*number);
  if (const auto* truth = std::get_if<bool>(&bare)) return Value(*truth);
  if (const auto* decimal = std::get_if<sf::Decimal>(&bare))
    return Value(static_cast<double>(decimal->thousandths) / 1000);
  return fail(ErrorKind::kInvalid, "structured-value",
              fmt::format("key '{}': a list has a member that is no value", shown(key)));
}

}  // namespace

Result<Value> list_from_text(BytesView text, BytesView key, std::size_t depth) {
  if (depth > kDepthMax)
    return fail(ErrorKind::kTooLarge, "structured-depth",
                fmt::format("a list nests deeper than {}", kDepthMax));
  if (text.starts_with(kTypeOpens)) return older_list(text, key, depth);
  const auto members = sf::parse_list(text);
  if (!members)
    return fail(ErrorKind::kInvalid, "structured-value",
                fmt::format("key '{}': {}", shown(key), members.error().text));
  List list;
  list.reserve(members->size());
  for (const sf::Member& held : *members) {
    AO_TRY(one, member(held, key, depth));
    list.push_back(std::move(one));
  }
  return Value(std::move(list));
}

}  // namespace ao::codec
