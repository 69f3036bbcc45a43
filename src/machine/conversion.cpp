// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "conversion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ao::machine {
namespace {

using message::List;
using message::Map;
using message::Value;

constexpr std::uint64_t kBytesPerValue = 16;
constexpr std::size_t kKeyTextMax = 64;
constexpr std::uint64_t kRoomAtFirst = 64;  // entries of a list, before it is known to have them

class Reader {
 public:
  Reader(lua_State* lua, const Metering& metering, std::uint64_t output_bytes)
      : L(lua), metering_(metering), room_(output_bytes), limit_(output_bytes) {}

  // False leaves what was refused in `refusal_`, and in `path_` where, innermost first.
  bool read(Value& value, int depth);

  Error error() const;

 private:
  bool read_table(Value& value, int depth);
  bool read_map(std::vector<Map::Entry> entries, Value& value, int depth);
  bool read_entry(Map::Entry& entry, int depth);
  bool read_key(Bytes& key);
  bool take(std::uint64_t bytes);

  bool refuse(std::string text) {
    refusal_ = std::move(text);
    return false;
  }
  bool inside(std::string step) {
    path_.push_back(std::move(step));
    return false;
  }

  lua_State* L;
  const Metering& metering_;
  std::uint64_t room_;
  std::uint64_t limit_;
  std::string refusal_;
  std::vector<std::string> path_;
};

bool Reader::take(std::uint64_t bytes) {
  luai_chargegas(1 + (bytes >> 5));
  if (metering_.overspent()) return refuse("out of gas");
  const std::uint64_t cost = bytes + kBytesPerValue;
  if (cost > room_) return refuse(fmt::format("is over the limit of {} bytes", limit_));
  room_ -= cost;
  return true;
}

bool Reader::read(Value& value, int depth) {
  switch (lua_type(L, -1)) {
    case LUA_TNIL:
      value = nullptr;
      return take(0);
    case LUA_TBOOLEAN:
      value = lua_toboolean(L, -1) != 0;
      return take(0);
    case LUA_TNUMBER:
      if (lua_isinteger(L, -1) != 0) {
        value = static_cast<std::int64_t>(lua_tointeger(L, -1));
      } else {
        const double number = lua_tonumber(L, -1);
        value = std::isnan(number) ? std::fabs(number) : number;  // the sign is the processor's
      }
      return take(0);
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(L, -1, &size);
      if (!take(size)) return false;
      value = Bytes(bytes, size);
      return true;
    }
    case LUA_TTABLE:
      if (depth == kDepthMax) return refuse(fmt::format("is nested deeper than {}", kDepthMax));
      return take(0) && read_table(value, depth);
    default:
      return refuse(fmt::format("is a {}, which is no data", luaL_typename(L, -1)));
  }
}

// A list as long as the keys come as 1, 2, …, which they do in all lists but those that were filled
// in another order.
bool Reader::read_table(Value& value, int depth) {
  List list;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const auto next = static_cast<lua_Integer>(list.size()) + 1;
    if (lua_isinteger(L, -2) == 0 || lua_tointeger(L, -2) != next) {
      std::vector<Map::Entry> entries;
      entries.reserve(list.size() + 4);
      for (std::size_t i = 0; i < list.size(); ++i)
        entries.emplace_back(std::to_string(i + 1), std::move(list[i]));
      return read_map(std::move(entries), value, depth);
    }
    if (list.empty()) list.reserve(std::min<std::uint64_t>(lua_rawlen(L, -3), kRoomAtFirst));
    if (!read(list.emplace_back(), depth + 1)) return inside(fmt::format("[{}]", next));
    lua_pop(L, 1);
  }
  luai_chargegas(list.size());
  value = std::move(list);
  return true;
}

// Goes on with the entry at the top of the stack, after `entries`.
bool Reader::read_map(std::vector<Map::Entry> entries, Value& value, int depth) {
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, -3));
  bool is_list = true;
  do {
    is_list = is_list && lua_isinteger(L, -2) != 0 && lua_tointeger(L, -2) >= 1 &&
              lua_tointeger(L, -2) <= length;
    if (!read_entry(entries.emplace_back(), depth)) return false;
    lua_pop(L, 1);
  } while (lua_next(L, -2) != 0);
  luai_chargegas(entries.size());
  if (is_list && static_cast<lua_Integer>(entries.size()) == length) {
    List list(entries.size());
    for (auto& [key, held] : entries)
      list[std::stoul(key) - 1] = std::move(held);
    value = std::move(list);
    return true;
  }
  std::ranges::sort(entries, {}, &Map::Entry::first);
  const auto twice = std::ranges::adjacent_find(entries, {}, &Map::Entry::first);
  if (twice != entries.end())
    return refuse(fmt::format("has the key {} both as a number and as a string",
                              twice->first.substr(0, kKeyTextMax)));
  value = Map::from(std::move(entries));
  return true;
}

bool Reader::read_entry(Map::Entry& entry, int depth) {
  auto& [key, held] = entry;
  if (!read_key(key)) return false;
  if (read(held, depth + 1)) return true;
  if (key.size() > kKeyTextMax) key = key.substr(0, kKeyTextMax) + "...";
  return inside("." + key);
}

// The key below the value at the top.
bool Reader::read_key(Bytes& key) {
  if (lua_type(L, -2) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(L, -2, &size);
    if (!take(size)) return false;
    key.assign(bytes, size);
    return true;
  }
  if (lua_isinteger(L, -2) != 0) {
    key = std::to_string(lua_tointeger(L, -2));
    return take(key.size());
  }
  return refuse(fmt::format("has a key that is a {}: only strings and integers can be keys",
                            lua_type(L, -2) == LUA_TNUMBER ? "float" : luaL_typename(L, -2)));
}

Error Reader::error() const {
  std::string where = "the returned value";
  for (auto step = path_.rbegin(); step != path_.rend(); ++step) {
    if (where.size() > 1000) {
      where += "...";
      break;
    }
    where += *step;
  }
  return Error{ErrorKind::kInvalid, "value-refused", where + " " + refusal_};
}

}  // namespace

void push_value(lua_State* L, const Value& value, int depth) {
  luai_chargegas(2);
  if (depth > kDepthMax) luaL_error(L, "the argument is nested deeper than %d", kDepthMax);
  luaL_checkstack(L, 4, "argument");
  if (const bool* boolean = value.boolean()) {
    lua_pushboolean(L, *boolean ? 1 : 0);
  } else if (const std::int64_t* integer = value.integer()) {
    lua_pushinteger(L, *integer);
  } else if (const double* floating = value.floating()) {
    lua_pushnumber(L, *floating);
  } else if (const Bytes* bytes = value.bytes()) {
    lua_pushlstring(L, bytes->data(), bytes->size());
  } else if (const List* list = value.list()) {
    lua_createtable(L, static_cast<int>(list->size()), 0);
    lua_Integer i = 0;
    for (const Value& element : *list) {
      push_value(L, element, depth + 1);
      lua_rawseti(L, -2, ++i);
    }
  } else if (const Map* map = value.map()) {
    lua_createtable(L, 0, static_cast<int>(map->size()));
    for (const auto& [key, held] : *map) {
      lua_pushlstring(L, key.data(), key.size());
      if (held.link() != nullptr) {
        lua_pushliteral(L, "+link");
        lua_concat(L, 2);
      }
      push_value(L, held, depth + 1);
      lua_rawset(L, -3);
    }
  } else if (const message::Atom* atom = value.atom()) {
    lua_pushlstring(L, atom->name.data(), atom->name.size());
  } else if (const message::Link* link = value.link()) {
    std::array<char, 43> id;  // nothing of ours may be on the heap when Lua jumps away
    std::ranges::copy(link->id.text(), id.begin());
    lua_pushlstring(L, id.data(), id.size());
  } else {
    lua_pushnil(L);
  }
}

Result<Value> read_value(lua_State* L, const Metering& metering, std::uint64_t output_bytes) {
  Reader reader(L, metering, output_bytes);
  Value value;
  const int top = lua_gettop(L);
  const bool read_it = reader.read(value, 0);
  lua_settop(L, top);
  if (!read_it) return std::unexpected(reader.error());
  return value;
}

lua_Integer sequence_length(lua_State* L, int index) {
  const int table = lua_absindex(L, index);
  const auto length = static_cast<lua_Integer>(lua_rawlen(L, table));
  lua_Integer entries = 0;
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    const bool fits =
        lua_isinteger(L, -1) != 0 && lua_tointeger(L, -1) >= 1 && lua_tointeger(L, -1) <= length;
    if (!fits) {
      lua_pop(L, 1);
      return -1;
    }
    ++entries;
  }
  luai_chargegas(entries);
  return entries == length ? length : -1;
}

}  // namespace ao::machine
