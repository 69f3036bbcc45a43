// Texts packed into one: each behind its size, of four bytes, the least first. A message crosses
// between Lua and the node in this form, since a list would cost it a value for each text.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "ao/machine/packed_texts.hpp"
#include "environment.hpp"

namespace ao::machine {
namespace {

constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kFieldsMax = 24;
constexpr int kEntriesAtFirst = 8;
constexpr lua_Integer kWidthMax = 64;

struct Field {
  BytesView name;
  BytesView value;
  std::array<char, 24> digits;  // what `value` may lie in
};

char* put_text(char* to, BytesView text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  for (std::size_t i = 0; i < kSizeBytes; ++i)
    to[i] = static_cast<char>(size >> (8 * i) & 0xff);
  std::memcpy(to + kSizeBytes, text.data(), text.size());
  return to + kSizeBytes + text.size();
}

BytesView text_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(L, index, &size);
  return {bytes, size};
}

// The value at the top, where it is a scalar that looks the same as a tag: no float does.
bool read_scalar(lua_State* L, Field& field) {
  switch (lua_type(L, -1)) {
    case LUA_TSTRING:
      field.value = text_at(L, -1);
      return true;
    case LUA_TBOOLEAN:
      field.value = lua_toboolean(L, -1) != 0 ? "true" : "false";
      return true;
    case LUA_TNUMBER: {
      if (lua_isinteger(L, -1) == 0) return false;
      char* const first = field.digits.data();
      const auto written = std::to_chars(first, first + field.digits.size(), lua_tointeger(L, -1));
      field.value = {first, static_cast<std::size_t>(written.ptr - first)};
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

void add_packed_text(Bytes& packed, BytesView text) {
  const std::size_t before = packed.size();
  packed.resize(before + kSizeBytes + text.size());
  put_text(packed.data() + before, text);
}

std::optional<BytesView> take_packed_text(BytesView& packed) {
  if (packed.size() < kSizeBytes) return std::nullopt;
  std::uint32_t size = 0;
  for (std::size_t i = 0; i < kSizeBytes; ++i)
    size |= std::uint32_t{static_cast<unsigned char>(packed[i])} << (8 * i);
  packed.remove_prefix(kSizeBytes);
  if (packed.size() < size) return std::nullopt;
  const BytesView text = packed.substr(0, size);
  packed.remove_prefix(size);
  return text;
}

int pack_texts(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  const auto count = static_cast<lua_Integer>(lua_rawlen(L, 1));
  std::size_t size = 0;
  for (lua_Integer i = 1; i <= count; ++i) {
    if (lua_rawgeti(L, 1, i) != LUA_TSTRING)
      return luaL_error(L, "pack_texts: element %I is no text", static_cast<LUAI_UACINT>(i));
    size += kSizeBytes + text_at(L, -1).size();
    lua_pop(L, 1);
  }
  luai_chargegas(static_cast<std::size_t>(count) + (size >> 5));
  luaL_Buffer buffer;
  char* to = luaL_buffinitsize(L, &buffer, size);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, 1, i);
    to = put_text(to, text_at(L, -1));
    lua_pop(L, 1);
  }
  luaL_pushresultsize(&buffer, size);
  return 1;
}

int unpack_texts(lua_State* L) {
  BytesView packed = text_at(L, 1);
  lua_settop(L, 1);
  luai_chargegas(1 + (packed.size() >> 5));
  lua_newtable(L);
  lua_Integer place = 0;
  while (!packed.empty()) {
    const auto text = take_packed_text(packed);
    if (!text) return luaL_error(L, "unpack_texts: not packed texts");
    lua_pushlstring(L, text->data(), text->size());
    lua_rawseti(L, 2, ++place);
  }
  luai_chargegas(place);
  return 1;
}

int unpack_map(lua_State* L) {
  BytesView packed = text_at(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TFUNCTION);
  lua_settop(L, 3);
  luai_chargegas(1 + (packed.size() >> 5));
  lua_createtable(L, 0, kEntriesAtFirst);
  while (!packed.empty()) {
    luai_chargegas(2);
    const auto key = take_packed_text(packed);
    const auto value = take_packed_text(packed);
    if (!key || !value) return luaL_error(L, "unpack_map: not packed texts");
    lua_pushlstring(L, key->data(), key->size());
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 2) == LUA_TNIL) {
      lua_pop(L, 1);
      lua_pushvalue(L, 3);
      lua_insert(L, -2);
      lua_call(L, 1, 1);
    } else {
      lua_remove(L, -2);
    }
    lua_pushvalue(L, -1);
    const bool is_first = lua_rawget(L, 4) == LUA_TNIL;
    lua_pop(L, 1);
    if (is_first) {
      lua_pushlstring(L, value->data(), value->size());
      lua_rawset(L, 4);
    } else {
      lua_pop(L, 1);
    }
  }
  return 1;
}

int pack_fields(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 2, LUA_TTABLE);
  const int last = lua_gettop(L);
  std::array<Field, kFieldsMax> fields;
  std::array<const Field*, kFieldsMax> order;
  std::size_t count = 0, size = 0;
  // The bytes stay where they are while the table holds them: nothing is kept on the stack.
  lua_pushnil(L);
  while (lua_next(L, 2) != 0) {
    luai_chargegas(1);
    if (lua_type(L, -2) != LUA_TSTRING) return 0;
    lua_pushvalue(L, -2);
    if (lua_rawget(L, 1) != LUA_TBOOLEAN) return 0;
    const bool wanted = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    if (wanted) {
      if (count == kFieldsMax) return 0;
      Field& field = fields[count];
      field.name = text_at(L, -2);
      if (!read_scalar(L, field)) return 0;
      size += 2 * kSizeBytes + field.name.size() + field.value.size();
      order[count++] = &field;
    }
    lua_pop(L, 1);
  }
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::sort(order.begin(), end, [](const Field* a, const Field* b) {
    luai_chargegas(4 + (std::min(a->name.size(), b->name.size()) >> 5));
    return a->name < b->name;
  });
  for (int i = 3; i <= last; ++i)
    size += kSizeBytes + text_at(L, i).size();
  luai_chargegas(static_cast<std::size_t>(last) + 2 * count + (size >> 5));
  luaL_Buffer buffer;
  char* to = luaL_buffinitsize(L, &buffer, size);
  for (int i = 3; i <= last; ++i)
    to = put_text(to, text_at(L, i));
  for (auto field = order.begin(); field != end; ++field)
    to = put_text(put_text(to, (*field)->name), (*field)->value);
  luaL_pushresultsize(&buffer, size);
  return 1;
}

int decimal(lua_State* L) {
  const lua_Integer number = luaL_checkinteger(L, 1);
  const lua_Integer width = luaL_optinteger(L, 2, 0);
  luaL_argcheck(L, number >= 0, 1, "negative");
  luaL_argcheck(L, width >= 0 && width <= kWidthMax, 2, "too wide");
  std::array<char, 24> digits;
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  const auto size = static_cast<std::size_t>(written.ptr - digits.data());
  std::array<char, kWidthMax> padded;
  const std::size_t zeros = std::max(static_cast<std::size_t>(width), size) - size;
  std::fill_n(padded.data(), zeros, '0');
  std::memcpy(padded.data() + zeros, digits.data(), size);
  luai_chargegas(2);
  lua_pushlstring(L, padded.data(), zeros + size);
  return 1;
}

}  // namespace ao::machine
