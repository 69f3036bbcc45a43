// host.json_encode: canonical JSON text. Keys are sorted by bytes; tables whose keys are 1..n are
// arrays, and so is the empty table; floats keep a fraction or an exponent. Bytes of strings that
// are not ASCII go through as they are.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "conversion.hpp"
#include "environment.hpp"

namespace ao::machine {
namespace {

constexpr std::size_t kNumberTextMax = 32;

// The text so far, in a userdata on the Lua stack: the program's own memory, charged as such.
struct Text {
  lua_State* L;
  int slot;
  char* bytes;
  std::size_t size;
  std::size_t room;

  char* reserve(std::size_t more) {
    if (room - size < more) grow(more);
    return bytes + size;
  }
  void add(char c) {
    *reserve(1) = c;
    ++size;
  }
  void add(const char* from, std::size_t count) {
    if (count == 0) return;
    std::memcpy(reserve(count), from, count);
    size += count;
  }
  void grow(std::size_t more) {
    const std::size_t wider = std::max(room * 2, size + more);
    auto* const moved = static_cast<char*>(lua_newuserdatauv(L, wider, 0));
    std::memcpy(moved, bytes, size);
    lua_replace(L, slot);
    bytes = moved;
    room = wider;
  }
};

// A key of an object: its text, and the integer it came from, if any.
struct Key {
  const char* text;
  std::size_t size;
  bool is_integer;
  lua_Integer integer;
  char digits[20];

  BytesView view() const { return {is_integer ? digits : text, size}; }
};

void encode(Text& out, int depth);

void encode_string(Text& out, BytesView bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  luai_chargegas(1 + (bytes.size() >> 3));
  out.add('"');
  std::size_t plain = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.add(bytes.data() + plain, i - plain);
    plain = i + 1;
    out.add('\\');
    switch (c) {
      case '"':
      case '\\':
        out.add(static_cast<char>(c));
        break;
      case '\b':
        out.add('b');
        break;
      case '\f':
        out.add('f');
        break;
      case '\n':
        out.add('n');
        break;
      case '\r':
        out.add('r');
        break;
      case '\t':
        out.add('t');
        break;
      default:
        out.add("u00", 3);
        out.add(kHex[c >> 4]);
        out.add(kHex[c & 15]);
    }
  }
  out.add(bytes.data() + plain, bytes.size() - plain);
  out.add('"');
}

void encode_number(Text& out) {
  lua_State* const L = out.L;
  char* const at = out.reserve(kNumberTextMax);
  if (lua_isinteger(L, -1) != 0) {
    luai_chargegas(2);
    const auto end = std::to_chars(at, at + kNumberTextMax, lua_tointeger(L, -1)).ptr;
    out.size += static_cast<std::size_t>(end - at);
    return;
  }
  luai_chargegas(16);
  const double number = lua_tonumber(L, -1);
  if (!std::isfinite(number)) luaL_error(L, "json: nan and infinities have no JSON form");
  const auto end = std::to_chars(at, at + kNumberTextMax, number).ptr;
  const auto size = static_cast<std::size_t>(end - at);
  out.size += size;
  if (BytesView(at, size).find_first_of(".e") == BytesView::npos) out.add(".0", 2);
}

void encode_array(Text& out, lua_Integer length, int depth) {
  out.add('[');
  for (lua_Integer i = 1; i <= length; ++i) {
    if (i > 1) out.add(',');
    lua_rawgeti(out.L, -1, i);
    encode(out, depth + 1);
    lua_pop(out.L, 1);
  }
  out.add(']');
}

void read_key(lua_State* L, Key& key) {
  key.is_integer = lua_isinteger(L, -2) != 0;
  if (key.is_integer) {
    key.integer = lua_tointeger(L, -2);
    const auto end = std::to_chars(key.digits, key.digits + sizeof key.digits, key.integer).ptr;
    key.size = static_cast<std::size_t>(end - key.digits);
  } else if (lua_type(L, -2) == LUA_TSTRING) {
    key.text = lua_tolstring(L, -2, &key.size);  // the table keeps it alive
  } else {
    luaL_error(L, "json: a %s cannot be a key", luaL_typename(L, -2));
  }
}

// The keys of the table at the top, sorted, in a userdata that is pushed above it.
Key* sorted_keys(lua_State* L, std::size_t& count) {
  count = 0;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    lua_pop(L, 1);
    ++count;
  }
  auto* const keys = static_cast<Key*>(lua_newuserdatauv(L, count * sizeof(Key), 0));
  std::size_t i = 0;
  lua_pushnil(L);
  while (lua_next(L, -3) != 0) {
    read_key(L, keys[i++]);
    lua_pop(L, 1);
  }
  std::size_t comparisons = count;
  for (std::size_t n = count; n > 1; n /= 2)
    comparisons += count;
  luai_chargegas(comparisons);
  std::sort(keys, keys + count, [](const Key& a, const Key& b) { return a.view() < b.view(); });
  return keys;
}

void encode_object(Text& out, int depth) {
  lua_State* const L = out.L;
  std::size_t count = 0;
  const Key* const keys = sorted_keys(L, count);
  out.add('{');
  for (std::size_t i = 0; i < count; ++i) {
    const Key& key = keys[i];
    if (i > 0) {
      if (keys[i - 1].view() == key.view())
        luaL_error(L, "json: key %s is there both as a number and as a string", key.digits);
      out.add(',');
    }
    encode_string(out, key.view());
    out.add(':');
    if (key.is_integer) {
      lua_pushinteger(L, key.integer);
    } else {
      lua_pushlstring(L, key.text, key.size);
    }
    lua_rawget(L, -3);
    encode(out, depth + 1);
    lua_pop(L, 1);
  }
  out.add('}');
  lua_pop(L, 1);
}

// The value at the top of the stack, which it leaves there.
void encode(Text& out, int depth) {
  lua_State* const L = out.L;
  luai_chargegas(2);
  switch (lua_type(L, -1)) {
    case LUA_TNIL:
      out.add("null", 4);
      break;
    case LUA_TBOOLEAN:
      if (lua_toboolean(L, -1) != 0) {
        out.add("true", 4);
      } else {
        out.add("false", 5);
      }
      break;
    case LUA_TNUMBER:
      encode_number(out);
      break;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(L, -1, &size);
      encode_string(out, {bytes, size});
      break;
    }
    case LUA_TTABLE: {
      if (depth == kDepthMax) luaL_error(L, "json: nested deeper than %d", kDepthMax);
      luaL_checkstack(L, 6, "json");
      const lua_Integer length = sequence_length(L, -1);
      if (length >= 0) {
        encode_array(out, length, depth);
      } else {
        encode_object(out, depth);
      }
      break;
    }
    default:
      luaL_error(L, "json: a %s has no JSON form", luaL_typename(L, -1));
  }
}

}  // namespace

int json_encode(lua_State* L) {
  constexpr std::size_t kFirstRoom = 256;
  luaL_checkany(L, 1);
  lua_settop(L, 1);
  auto* const room = static_cast<char*>(lua_newuserdatauv(L, kFirstRoom, 0));
  lua_insert(L, 1);
  Text out{.L = L, .slot = 1, .bytes = room, .size = 0, .room = kFirstRoom};
  encode(out, 0);
  lua_pushlstring(L, out.bytes, out.size);
  return 1;
}

}  // namespace ao::machine
