// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/structured.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "ao/codec/structured_fields.hpp"
#include "ao/message/paths.hpp"
#include "list_text.hpp"
#include "type_names.hpp"

namespace ao::codec {
namespace {

using message::List;
using message::Map;
using message::Value;

std::unexpected<Error> too_deep() {
  return fail(ErrorKind::kTooLarge, "structured-depth",
              fmt::format("a message nests deeper than {}", kDepthMax));
}

std::unexpected<Error> bad_key(BytesView key, std::string_view why) {
  return fail(ErrorKind::kInvalid, "structured-key", fmt::format("key '{}': {}", shown(key), why));
}

// ---- to ----------------------------------------------------------------------------------------

// A value as text, and the name of its type; no name for plain bytes.
struct Typed {
  Bytes text;
  std::string_view type;
};

Result<Typed> typed(const Value& value, BytesView key) {
  if (const Bytes* bytes = value.bytes()) return Typed{*bytes, {}};
  if (const std::int64_t* number = value.integer())
    return Typed{std::to_string(*number), "integer"};
  if (const double* real = value.floating()) {
    if (!std::isfinite(*real))
      return fail(ErrorKind::kInvalid, "structured-float",
                  fmt::format("key '{}': a float must be finite", shown(key)));
    return Typed{fmt::format("{:.20e}", *real), "float"};
  }
  if (const bool* truth = value.boolean()) return Typed{*truth ? "true" : "false", "atom"};
  if (value.is_null()) return Typed{"null", "atom"};
  const Bytes& name = value.atom()->name;
  if (!is_atom_name(name))
    return fail(ErrorKind::kInvalid, "structured-value",
                fmt::format("key '{}': an atom's name is printable ASCII", shown(key)));
  return Typed{atom_text(name), "atom"};
}

class Writer {
 public:
  static Result<Map> write(const Map& message, std::size_t depth) {
    std::vector<Map::Entry> entries;
    entries.reserve(message.size() + 1);
    for (const auto& [key, value] : message) {
      if (message::is_private(key)) continue;
      AO_TRY(name, key_of(key));
      entries.emplace_back(std::move(name), value);
    }
    return finish(std::move(entries), false, depth);
  }

 private:
  static Result<Bytes> key_of(BytesView key) {
    Bytes name = message::normal_key(key);
    if (name.empty()) return bad_key(key, "it is empty");
    if (name == "ao-types") return bad_key(key, "it is reserved for the types of the others");
    if (name.ends_with(kLinkSuffix)) return bad_key(key, "a name that ends in +link is a link's");
    return name;
  }

  static Result<Map> write(const List& list, std::size_t depth) {
    std::vector<Map::Entry> entries;
    entries.reserve(list.size() + 1);
    for (std::size_t i = 0; i < list.size(); ++i)
      entries.emplace_back(std::to_string(i + 1), list[i]);
    return finish(std::move(entries), true, depth);
  }

  // Values to texts in place, then their types.
  static Result<Map> finish(std::vector<Map::Entry> entries, bool is_list, std::size_t depth) {
    if (depth > kDepthMax) return too_deep();
    std::ranges::stable_sort(entries, {}, &Map::Entry::first);
    const auto twin = std::ranges::adjacent_find(entries, {}, &Map::Entry::first);
    if (twin != entries.end())
      return bad_key(twin->first, "it stands twice, once its case is ignored");

    std::vector<std::pair<Bytes, std::string_view>> types;
    if (is_list) types.emplace_back(".", "list");
    for (auto& [key, value] : entries) {
      if (const message::Link* link = value.link()) {
        const Bytes id = link->id.text();
        key += kLinkSuffix;
        value = id;
      } else if (const Map* map = value.map()) {
        AO_TRY(child, write(*map, depth + 1));
        value = std::move(child);
      } else if (const List* list = value.list()) {
        AO_TRY(child, write(*list, depth + 1));
        value = std::move(child);
      } else {
        AO_TRY(text, typed(value, key));
        if (!text.type.empty()) types.emplace_back(key, text.type);
        if (value.bytes() == nullptr) value = std::move(text.text);
      }
    }
    if (!types.empty()) {
      std::ranges::stable_sort(types, {}, &std::pair<Bytes, std::string_view>::first);
      entries.emplace_back("ao-types", types_text(types));
    }
    return Map::from(std::move(entries));
  }
};

// ---- from --------------------------------------------------------------------------------------

class Reader {
 public:
  static Result<Value> read(const Map& tabm, std::size_t depth) {
    if (depth > kDepthMax) return too_deep();
    AO_TRY(types, types_of(tabm));
    std::vector<Map::Entry> entries;
    entries.reserve(tabm.size());
    for (const auto& [key, value] : tabm) {
      if (key == "ao-types") continue;
      if (key.size() > kLinkSuffix.size() && key.ends_with(kLinkSuffix) && value.bytes()) {
        const auto id = MessageId::from_text(*value.bytes());
        if (!id)
          return fail(ErrorKind::kInvalid, "structured-link",
                      fmt::format("key '{}': a link is an id of 43 characters", shown(key)));
        entries.emplace_back(Bytes(without_link_suffix(key)), message::Link{*id});
        continue;
      }
      AO_TRY(one, value_of(key, value, types.find(key), depth));
      entries.emplace_back(key, std::move(one));
    }
    for (const auto& [name, type] : types) {
      Bytes key = message::normal_key(name);
      if (tabm.find(key) != nullptr) continue;
      if (auto empty = empty_value(*type.bytes()))
        entries.emplace_back(std::move(key), std::move(*empty));
    }
    std::ranges::stable_sort(entries, {}, &Map::Entry::first);
    const auto twin = std::ranges::adjacent_find(entries, {}, &Map::Entry::first);
    if (twin != entries.end()) return bad_key(twin->first, "it is there as a value and as a link");
    Map map = Map::from(std::move(entries));
    if (types.find(".") == nullptr) return Value(std::move(map));
    return list_of(std::move(map));
  }

 private:
  // Names of types by key. `.` stands for the message itself.
  static Result<Map> types_of(const Map& tabm) {
    const Value* text = tabm.find("ao-types");
    if (text == nullptr) return Map{};
    if (text->bytes() == nullptr)
      return fail(ErrorKind::kInvalid, "structured-types", "ao-types must be text");
    return read_types(*text->bytes());
  }

  // What a key stands for that has a type and no field.
  static std::optional<Value> empty_value(BytesView type) {
    if (type == "empty-binary") return Value("");
    if (type == "empty-list") return Value(List{});
    if (type == "empty-message") return Value(Map{});
    return std::nullopt;
  }

  static Result<Value> value_of(BytesView key, const Value& value, const Value* named,
                                std::size_t depth) {
    const BytesView type = named != nullptr ? BytesView(*named->bytes()) : BytesView();
    if (const Map* map = value.map()) {
      if (!type.empty() && type != "map" && type != "list" && !type.starts_with("empty-"))
        return fail(ErrorKind::kInvalid, "structured-types",
                    fmt::format("key '{}' is a message, and ao-types says {}", shown(key), type));
      AO_TRY(child, read(*map, depth + 1));
      if (type == "list" && child.map() != nullptr) return list_of(std::move(*child.map()));
      return child;
    }
    if (value.bytes() == nullptr)
      return fail(ErrorKind::kInvalid, "structured-value",
                  fmt::format("key '{}': a TABM has byte strings and maps only", shown(key)));
    if (auto empty = empty_value(type); empty && value.bytes()->empty()) return std::move(*empty);
    return value_from_text(type, *value.bytes(), key, depth);
  }

  // A map with keys 1, 2, …, n.
  static Result<Value> list_of(Map map) {
    std::vector<Value*> places(map.size(), nullptr);
    for (const auto& [key, value] : map) {
      std::size_t place = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), place);
      const bool is_number = error == std::errc() && end == key.data() + key.size() &&
                             !key.starts_with('0') && place <= places.size();
      if (!is_number)
        return fail(ErrorKind::kInvalid, "structured-list",
                    fmt::format("key '{}' of a list of {}: its keys are 1, 2, … without a gap",
                                shown(key), places.size()));
      places[place - 1] = map.find(key);
    }
    List list;
    list.reserve(places.size());
    for (Value* place : places)
      list.push_back(std::move(*place));
    return Value(std::move(list));
  }
};

}  // namespace

Result<Map> to_tabm(const Map& message) {
  return Writer::write(message, 0);
}

Result<Value> from_tabm(const Map& tabm) {
  return Reader::read(tabm, 0);
}

Result<Map> message_from_tabm(const Map& tabm) {
  AO_TRY(value, from_tabm(tabm));
  if (value.map() != nullptr) return std::move(*value.map());
  std::vector<Map::Entry> entries;
  for (std::size_t i = 0; i < value.list()->size(); ++i)
    entries.emplace_back(std::to_string(i + 1), std::move((*value.list())[i]));
  return Map::from(std::move(entries));
}

}  // namespace ao::codec
