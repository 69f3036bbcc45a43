// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "environment.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "ao/crypto/digest.hpp"
#include "metering.hpp"

namespace ao::machine {
namespace {

constexpr std::size_t kErrorTextMax = 4096;
constexpr std::size_t kHashedBytesPerGas = 2;

// Replaces the string at the top by its beginning when it is long.
void cut_text(lua_State* L) {
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  if (size <= kErrorTextMax) return;
  lua_pushlstring(L, text, kErrorTextMax - 3);
  lua_pushliteral(L, "...");
  lua_concat(L, 2);
  lua_replace(L, -2);
}

// debug.traceback([thread,] [message [, level]]), as in the standard library.
int traceback(lua_State* L) {
  const bool has_thread = lua_isthread(L, 1);
  lua_State* const of = has_thread ? lua_tothread(L, 1) : L;
  const int message = has_thread ? 2 : 1;
  if (lua_isstring(L, message) == 0 && !lua_isnoneornil(L, message)) {
    lua_pushvalue(L, message);
    return 1;
  }
  const auto level = static_cast<int>(luaL_optinteger(L, message + 1, of == L ? 1 : 0));
  luaL_traceback(L, of, lua_tostring(L, message), level);
  return 1;
}

int is_own_frame(const lua_Debug* frame) {
  constexpr std::string_view kRuntime = "runtime/";
  return *frame->what != 'C' && !std::string_view(frame->short_src).starts_with(kRuntime);
}

// own_traceback(thread): the lines of a process's own programs. The whole costs more than most
// messages do.
int own_traceback(lua_State* L) {
  lua_State* const of = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  luaL_tracebackof(L, of, nullptr, of == L ? 1 : 0, is_own_frame);
  return 1;
}

int collect_garbage(lua_State* L) {
  lua_pushinteger(L, 0);  // when memory is collected is not for programs to know
  return 1;
}

void charge_hash(std::size_t bytes) {
  luai_chargegas(50 + bytes / kHashedBytesPerGas);
}

crypto::Digest256 digest(const char* bytes, std::size_t size) {
  return crypto::sha256(BytesView(bytes, size));
}

int sha256(lua_State* L) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(L, 1, &size);
  charge_hash(size);
  const crypto::Digest256 hash = digest(bytes, size);
  lua_pushlstring(L, reinterpret_cast<const char*>(hash.data()), hash.size());
  return 1;
}

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int base64url_encode(lua_State* L) {
  std::size_t size = 0;
  const char* bytes = luaL_checklstring(L, 1, &size);
  luai_chargegas(1 + size / 8);
  const std::size_t text_size = (size * 4 + 2) / 3;
  luaL_Buffer buffer;
  char* text = luaL_buffinitsize(L, &buffer, text_size);
  unsigned window = 0;
  int bits = 0;
  for (std::size_t i = 0; i < size; ++i) {
    window = window << 8 | static_cast<unsigned char>(bytes[i]);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      *text++ = kAlphabet[window >> bits & 63];
    }
  }
  if (bits > 0) *text = kAlphabet[window << (6 - bits) & 63];
  luaL_pushresultsize(&buffer, text_size);
  return 1;
}

int digit_of(char c) {
  const char* found = c == '\0' ? nullptr : std::strchr(kAlphabet, c);
  return found == nullptr ? -1 : static_cast<int>(found - kAlphabet);
}

// Strict, like ao::from_base64url: one text for each byte string.
int base64url_decode(lua_State* L) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, 1, &size);
  luai_chargegas(1 + size);
  if (size % 4 == 1) return luaL_error(L, "base64url: no byte string has this length");
  const std::size_t bytes_size = size * 3 / 4;
  luaL_Buffer buffer;
  char* bytes = luaL_buffinitsize(L, &buffer, bytes_size);
  unsigned window = 0;
  int bits = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const int digit = digit_of(text[i]);
    if (digit < 0)
      return luaL_error(L, "base64url: foreign character at byte %I", static_cast<LUAI_UACINT>(i));
    window = (window << 6 | static_cast<unsigned>(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      *bytes++ = static_cast<char>(window >> bits & 0xff);
    }
  }
  if ((window & ((1u << bits) - 1)) != 0)
    return luaL_error(L, "base64url: bits are set after the last byte");
  luaL_pushresultsize(&buffer, bytes_size);
  return 1;
}

// host.random_seed(bytes) or (integer, integer): seeds math.random, whose seeder is the upvalue.
int random_seed(lua_State* L) {
  lua_Integer first;
  lua_Integer second;
  if (lua_type(L, 1) == LUA_TSTRING) {
    std::size_t size = 0;
    const char* bytes = lua_tolstring(L, 1, &size);
    charge_hash(size);
    const crypto::Digest256 hash = digest(bytes, size);
    std::memcpy(&first, hash.data(), sizeof first);
    std::memcpy(&second, hash.data() + sizeof first, sizeof second);
  } else {
    first = luaL_checkinteger(L, 1);
    second = luaL_optinteger(L, 2, 0);
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushinteger(L, first);
  lua_pushinteger(L, second);
  lua_call(L, 2, 0);
  return 0;
}

// host.sorted_texts(map): its keys in order, or nil when one is no text. Sorting few, as most maps
// have, takes no calls.
int sorted_texts(lua_State* L) {
  constexpr int kFew = 16;
  struct Key {
    BytesView text;
    int at;  // on the stack
  };
  std::array<Key, kFew> few;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_checkstack(L, kFew + 4, "keys");
  int count = 0;
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) return 0;
    if (count < kFew) {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(L, -1, &size);
      few[static_cast<std::size_t>(count)] = {BytesView(bytes, size), lua_gettop(L)};
      lua_pushvalue(L, -1);
    }
    ++count;
  }
  luai_chargegas(count);
  if (count <= kFew) {
    const auto end = few.begin() + count;
    std::sort(few.begin(), end, [](const Key& a, const Key& b) {
      luai_chargegas(4 + (std::min(a.text.size(), b.text.size()) >> 5));
      return a.text < b.text;
    });
    lua_createtable(L, count, 0);
    lua_Integer place = 0;
    for (auto key = few.begin(); key != end; ++key) {
      lua_pushvalue(L, key->at);
      lua_rawseti(L, -2, ++place);
    }
    return 1;
  }
  lua_settop(L, 1);
  lua_createtable(L, count, 0);
  lua_Integer place = 0;
  lua_pushnil(L);
  while (lua_next(L, 1) != 0) {
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 2, ++place);
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushvalue(L, 2);
  lua_call(L, 1, 0);
  return 1;
}

int gas_used(lua_State* L) {
  lua_pushinteger(L, static_cast<lua_Integer>(Metering::gas_used_here()));
  return 1;
}

constexpr luaL_Reg kHostFunctions[] = {{"json_encode", json_encode},
                                       {"json_decode", json_decode},
                                       {"sha256", sha256},
                                       {"base64url_encode", base64url_encode},
                                       {"base64url_decode", base64url_decode},
                                       {"pack_texts", pack_texts},
                                       {"unpack_texts", unpack_texts},
                                       {"unpack_map", unpack_map},
                                       {"pack_fields", pack_fields},
                                       {"decimal", decimal},
                                       {"gas_used", gas_used},
                                       {"own_traceback", own_traceback},
                                       {"traceback", traceback},
                                       {nullptr, nullptr}};

void open_host(lua_State* L) {
  lua_newtable(L);
  luaL_setfuncs(L, kHostFunctions, 0);
  lua_getglobal(L, "math");
  lua_getfield(L, -1, "randomseed");
  lua_remove(L, -2);
  lua_pushcclosure(L, random_seed, 1);
  lua_setfield(L, -2, "random_seed");
  lua_getglobal(L, "table");
  lua_getfield(L, -1, "sort");
  lua_remove(L, -2);
  lua_pushcclosure(L, sorted_texts, 1);
  lua_setfield(L, -2, "sorted_texts");
  lua_setglobal(L, "host");
}

void remove_field(lua_State* L, const char* table, const char* field) {
  lua_getglobal(L, table);
  lua_pushnil(L);
  lua_setfield(L, -2, field);
  lua_pop(L, 1);
}

}  // namespace

void open_environment(lua_State* L) {
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  luaL_requiref(L, LUA_COLIBNAME, luaopen_coroutine, 1);
  luaL_requiref(L, LUA_TABLIBNAME, luaopen_table, 1);
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 1);
  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 1);
  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 1);
  lua_settop(L, 0);
  for (const char* absent : {"dofile", "loadfile", "print", "warn"})
    remove_field(L, LUA_GNAME, absent);
  remove_field(L, LUA_STRLIBNAME, "dump");
  lua_pushcfunction(L, collect_garbage);
  lua_setglobal(L, "collectgarbage");

  lua_newtable(L);
  lua_pushcfunction(L, traceback);
  lua_setfield(L, -2, "traceback");
  lua_setglobal(L, "debug");

  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_settop(L, 0);

  open_host(L);
  // What is old stays untouched when young garbage is collected: no page of it is dirtied, so that
  // the next savepoint does not copy it.
  lua_gc(L, LUA_GCGEN, 0, 0);
  // Later calls find their stack and the libraries as they will always be: nothing to collect.
  lua_gc(L, LUA_GCCOLLECT);
}

int message_handler(lua_State* L) {
  lua_settop(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING) {
    lua_pushvalue(L, 1);
  } else if (luaL_callmeta(L, 1, "__tostring") == 0 || lua_type(L, -1) != LUA_TSTRING) {
    lua_settop(L, 1);
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  cut_text(L);
  luaL_traceback(L, L, nullptr, 1);
  cut_text(L);
  lua_createtable(L, 2, 0);
  lua_insert(L, 2);
  lua_rawseti(L, 2, 2);
  lua_rawseti(L, 2, 1);
  return 1;
}

}  // namespace ao::machine
