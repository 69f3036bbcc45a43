// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/json_codec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/codec/structured.hpp"
#include "ao/message/json.hpp"
#include "ao/message/paths.hpp"
#include "type_names.hpp"

namespace ao::codec {
namespace {

using message::List;
using message::Map;
using message::Value;

constexpr std::string_view kTypes = "ao-types";
constexpr std::size_t kObjectsMax = 64;  // in each other: what message::from_json reads

// Where in a message something is. Written out only for an error.
struct Place {
  const Place* above;
  BytesView key;

  std::string text() const {
    return above != nullptr ? above->text() + '/' + shown(key) : shown(key);
  }
};

// ---- to ----------------------------------------------------------------------------------------

std::unexpected<Error> not_utf8(const Place& place, std::string_view what) {
  return fail(ErrorKind::kInvalid, "json-not-utf8",
              fmt::format("{} '{}' is not UTF-8: JSON has no such string", what, place.text()));
}

Result<> check_writable(const Map& tabm, const Place* above, std::size_t objects) {
  if (objects > kObjectsMax)
    return fail(ErrorKind::kTooLarge, "json-depth",
                fmt::format("a message as JSON nests deeper than {}", kObjectsMax));
  for (const auto& [key, value] : tabm) {
    const Place place{above, key};
    if (!is_utf8(key)) return not_utf8(place, "key");
    if (const Bytes* bytes = value.bytes()) {
      if (!is_utf8(*bytes)) return not_utf8(place, "the text at");
    } else if (const Map* map = value.map()) {
      AO_CHECK(check_writable(*map, &place, objects + 1));
    } else {
      return fail(ErrorKind::kInvalid, "json-value",
                  fmt::format("'{}': a TABM has byte strings and maps only", place.text()));
    }
  }
  return {};
}

// ---- from --------------------------------------------------------------------------------------

Result<Map> tabm_of_object(const Map& object, const Place* above);
Result<Map> tabm_of_array(const List& array, const Place* above);

// The members of an object or array as those of a TABM, and their types.
class Members {
 public:
  Members(std::size_t count, const Place* above) : above_(above) { entries_.reserve(count + 1); }

  Result<> add(Bytes key, const Value& value) {
    const Place place{above_, key};
    if (const Bytes* bytes = value.bytes()) {
      entries_.emplace_back(std::move(key), *bytes);
    } else if (const Map* map = value.map()) {
      AO_TRY(child, tabm_of_object(*map, &place));
      entries_.emplace_back(std::move(key), std::move(child));
    } else if (const List* list = value.list()) {
      AO_TRY(child, tabm_of_array(*list, &place));
      entries_.emplace_back(std::move(key), std::move(child));
    } else {
      types_.emplace_back(key, value.integer() ? "integer" : value.floating() ? "float" : "atom");
      entries_.emplace_back(std::move(key), text_of(value));
    }
    return {};
  }

  void add_type(BytesView key, std::string_view type) { types_.emplace_back(key, type); }

  // `said` is what the message itself says of its types.
  Result<Map> whole(Bytes said) && {
    std::ranges::sort(types_);
    if (!said.empty() && !types_.empty()) {
      AO_TRY(names, read_types(said));
      for (const auto& [key, type] : types_)
        if (names.find(key) != nullptr)
          return fail(ErrorKind::kInvalid, "json-types",
                      fmt::format("'{}' is no string, and ao-types gives it a type too",
                                  Place{above_, key}.text()));
    }
    if (!said.empty() && !types_.empty()) said += ", ";
    said += types_text(types_);
    if (!said.empty()) entries_.emplace_back(kTypes, std::move(said));
    return Map::from(std::move(entries_));
  }

 private:
  static Bytes text_of(const Value& value) {
    if (const std::int64_t* number = value.integer()) return std::to_string(*number);
    if (const double* real = value.floating()) return fmt::format("{:.20e}", *real);
    return value.is_null() ? "null" : *value.boolean() ? "true" : "false";
  }

  const Place* above_;
  std::vector<Map::Entry> entries_;
  std::vector<std::pair<Bytes, std::string_view>> types_;
};

Result<Map> tabm_of_object(const Map& object, const Place* above) {
  std::vector<std::pair<Bytes, const Value*>> named;
  named.reserve(object.size());
  for (const auto& [key, value] : object) {
    if (key.empty())
      return fail(ErrorKind::kInvalid, "json-key",
                  fmt::format("'{}' has an empty key", above != nullptr ? above->text() : ""));
    named.emplace_back(message::normal_key(key), &value);
  }
  std::ranges::stable_sort(named, {}, &std::pair<Bytes, const Value*>::first);
  const auto twin = std::ranges::adjacent_find(named, {}, &std::pair<Bytes, const Value*>::first);
  if (twin != named.end())
    return fail(ErrorKind::kInvalid, "json-key",
                fmt::format("'{}' stands twice, once its case is ignored",
                            Place{above, twin->first}.text()));

  Members members(named.size(), above);
  Bytes said;
  for (auto& [key, value] : named) {
    if (key != kTypes) {
      AO_CHECK(members.add(std::move(key), *value));
      continue;
    }
    if (value->bytes() == nullptr)
      return fail(ErrorKind::kInvalid, "json-types",
                  fmt::format("'{}' must be a string", Place{above, key}.text()));
    said = *value->bytes();
  }
  return std::move(members).whole(std::move(said));
}

Result<Map> tabm_of_array(const List& array, const Place* above) {
  Members members(array.size(), above);
  members.add_type(".", "list");
  for (std::size_t i = 0; i < array.size(); ++i)
    AO_CHECK(members.add(std::to_string(i + 1), array[i]));
  return std::move(members).whole({});
}

}  // namespace

Result<std::string> to_json_text(const Map& tabm) {
  AO_CHECK(check_writable(tabm, nullptr, 1));
  return message::to_json(tabm);
}

Result<Map> tabm_from_json(std::string_view text) {
  AO_TRY(value, message::from_json(text));
  if (value.map() == nullptr)
    return fail(ErrorKind::kInvalid, "json-message", "a message is a JSON object");
  return tabm_of_object(*value.map(), nullptr);
}

Result<Map> from_json_message(std::string_view text) {
  AO_TRY(tabm, tabm_from_json(text));
  return message_from_tabm(tabm);
}

}  // namespace ao::codec
