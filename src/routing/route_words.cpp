// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "route_words.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace ao::routing {

using message::List;
using message::Map;
using message::Value;

std::unexpected<Error> malformed(std::string_view key, std::string_view wanted) {
  return fail(ErrorKind::kInvalid, "route-malformed",
              fmt::format("a route's '{}' must be {}", key, wanted));
}

Result<std::string> text_of(const Map& map, std::string_view key) {
  const Value* value = map.find(key);
  if (value == nullptr) return "";
  if (value->bytes() != nullptr) return *value->bytes();
  if (value->atom() != nullptr) return value->atom()->name;
  return malformed(key, "a text");
}

Result<std::optional<double>> number_of(const Map& map, std::string_view key) {
  const Value* value = map.find(key);
  if (value == nullptr) return std::optional<double>();
  if (value->integer() != nullptr) return static_cast<double>(*value->integer());
  if (value->floating() != nullptr && std::isfinite(*value->floating())) return *value->floating();
  if (const Bytes* text = value->bytes()) {
    double number = 0;
    const char* const end = text->data() + text->size();
    const auto [read, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && read == end && std::isfinite(number)) return number;
  }
  return malformed(key, "a number");
}

Result<std::optional<std::size_t>> count_of(const Map& map, std::string_view key, std::size_t least,
                                            std::size_t most) {
  AO_TRY(number, number_of(map, key));
  if (!number) return std::optional<std::size_t>();
  const bool is_whole = std::floor(*number) == *number;
  if (is_whole && *number >= static_cast<double>(least) && *number <= static_cast<double>(most))
    return static_cast<std::size_t>(*number);
  return malformed(key, fmt::format("a whole number from {} to {}", least, most));
}

Result<std::optional<bool>> truth_of(const Map& map, std::string_view key) {
  const Value* value = map.find(key);
  if (value == nullptr) return std::optional<bool>();
  if (value->boolean() != nullptr) return *value->boolean();
  if (value->bytes() != nullptr && (*value->bytes() == "true" || *value->bytes() == "false"))
    return *value->bytes() == "true";
  return malformed(key, "true or false");
}

std::optional<List> list_in(const Value& value) {
  if (value.list() != nullptr) return *value.list();
  if (value.map() == nullptr) return std::nullopt;
  List list;
  while (const Value* next = value.map()->find(std::to_string(list.size() + 1)))
    list.push_back(*next);
  if (list.size() != value.map()->size()) return std::nullopt;
  return list;
}

}  // namespace ao::routing
