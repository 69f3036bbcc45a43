// host.json_decode: RFC 8259, strict, except that a later entry of an object replaces an earlier
// one of the same key, and that bytes above ASCII are not checked. null becomes nil.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <cstdint>
#include <cstring>
#include <system_error>

#include "conversion.hpp"
#include "environment.hpp"

namespace ao::machine {
namespace {

// Raises Lua errors out of every depth, so it holds nothing but positions.
class Parser {
 public:
  Parser(lua_State* lua, const char* text, std::size_t size)
      : L(lua), text_(text), at_(text), end_(text + size) {}

  void parse_document() {
    parse_value(0);
    skip_space();
    if (at_ != end_) refuse("nothing may follow the value");
  }

 private:
  void parse_value(int depth);
  void parse_array(int depth);
  void parse_object(int depth);
  void parse_string();
  void parse_escaped_string(const char* start);
  void parse_escape(luaL_Buffer* buffer);
  void parse_number();
  void parse_word(const char* word, std::size_t size);
  std::uint32_t parse_code_unit();

  [[noreturn]] void refuse(const char* what) {
    luaL_error(L, "json: %s at byte %I", what, static_cast<LUAI_UACINT>(at_ - text_));
    __builtin_unreachable();
  }
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
      ++at_;
  }
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  bool take(char c) {
    skip_space();
    if (peek() != c || at_ == end_) return false;
    ++at_;
    return true;
  }
  bool digit_here() const { return peek() >= '0' && peek() <= '9'; }

  lua_State* L;
  const char* text_;
  const char* at_;
  const char* end_;
};

void Parser::parse_value(int depth) {
  luai_chargegas(4);
  if (depth > kDepthMax) refuse("nested deeper than 64");
  skip_space();
  switch (peek()) {
    case '{':
      return parse_object(depth);
    case '[':
      return parse_array(depth);
    case '"':
      return parse_string();
    case 't':
      parse_word("true", 4);
      return lua_pushboolean(L, 1);
    case 'f':
      parse_word("false", 5);
      return lua_pushboolean(L, 0);
    case 'n':
      parse_word("null", 4);
      return lua_pushnil(L);
    default:
      return parse_number();
  }
}

void Parser::parse_word(const char* word, std::size_t size) {
  if (static_cast<std::size_t>(end_ - at_) < size || std::memcmp(at_, word, size) != 0)
    refuse("a value was expected");
  at_ += size;
}

void Parser::parse_array(int depth) {
  luaL_checkstack(L, 4, "json");
  lua_newtable(L);
  ++at_;
  if (take(']')) return;
  for (lua_Integer i = 1;; ++i) {
    parse_value(depth + 1);
    lua_rawseti(L, -2, i);
    if (take(']')) return;
    if (!take(',')) refuse("',' or ']' was expected");
  }
}

void Parser::parse_object(int depth) {
  luaL_checkstack(L, 4, "json");
  lua_newtable(L);
  ++at_;
  if (take('}')) return;
  for (;;) {
    skip_space();
    if (peek() != '"') refuse("a key was expected");
    parse_string();
    if (!take(':')) refuse("':' was expected");
    parse_value(depth + 1);
    lua_rawset(L, -3);
    if (take('}')) return;
    if (!take(',')) refuse("',' or '}' was expected");
  }
}

void Parser::parse_string() {
  const char* const start = ++at_;
  for (; at_ != end_; ++at_) {
    if (*at_ == '"') {
      lua_pushlstring(L, start, static_cast<std::size_t>(at_ - start));
      ++at_;
      return;
    }
    if (*at_ == '\\') return parse_escaped_string(start);
    if (static_cast<unsigned char>(*at_) < 0x20) refuse("unescaped control character");
  }
  refuse("unfinished string");
}

void Parser::parse_escaped_string(const char* start) {
  luaL_checkstack(L, 4, "json");
  luaL_Buffer buffer;
  luaL_buffinit(L, &buffer);
  luaL_addlstring(&buffer, start, static_cast<std::size_t>(at_ - start));
  while (at_ != end_) {
    const char* const plain = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') {
      if (static_cast<unsigned char>(*at_) < 0x20) refuse("unescaped control character");
      ++at_;
    }
    luaL_addlstring(&buffer, plain, static_cast<std::size_t>(at_ - plain));
    if (at_ == end_) break;
    if (*at_++ == '"') return luaL_pushresult(&buffer);
    parse_escape(&buffer);
  }
  refuse("unfinished string");
}

std::uint32_t Parser::parse_code_unit() {
  std::uint32_t unit = 0;
  if (end_ - at_ < 4) refuse("unfinished escape");
  const auto [end, error] = std::from_chars(at_, at_ + 4, unit, 16);
  if (error != std::errc() || end != at_ + 4) refuse("four hexadecimal digits were expected");
  at_ += 4;
  return unit;
}

void Parser::parse_escape(luaL_Buffer* buffer) {
  constexpr char kNames[] = "\"\\/bfnrt";
  constexpr char kMeanings[] = "\"\\/\b\f\n\r\t";
  const char name = peek();
  if (const char* known = name == '\0' ? nullptr : std::strchr(kNames, name)) {
    ++at_;
    luaL_addchar(buffer, kMeanings[known - kNames]);
    return;
  }
  if (name != 'u') refuse("unknown escape");
  ++at_;
  std::uint32_t code = parse_code_unit();
  if (code >= 0xd800 && code <= 0xdfff) {
    const bool has_low = code < 0xdc00 && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u';
    if (!has_low) refuse("lone surrogate");
    at_ += 2;
    const std::uint32_t low = parse_code_unit();
    if (low < 0xdc00 || low > 0xdfff) refuse("lone surrogate");
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  lua_pushfstring(L, "%U", static_cast<long>(code));
  luaL_addvalue(buffer);
}

void Parser::parse_number() {
  const char* const start = at_;
  if (peek() == '-') ++at_;
  if (!digit_here()) {
    at_ = start;
    refuse("a value was expected");
  }
  const bool zero = *at_++ == '0';
  if (zero && digit_here()) refuse("a number has no leading zero");
  while (digit_here())
    ++at_;
  bool integral = true;
  if (peek() == '.') {
    integral = false;
    ++at_;
    if (!digit_here()) refuse("a digit was expected");
    while (digit_here())
      ++at_;
  }
  if (peek() == 'e' || peek() == 'E') {
    integral = false;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!digit_here()) refuse("a digit was expected");
    while (digit_here())
      ++at_;
  }
  if (integral) {
    lua_Integer integer = 0;
    if (std::from_chars(start, at_, integer).ec == std::errc()) return lua_pushinteger(L, integer);
  }
  luai_chargegas(16 + (at_ - start));
  double number = 0;
  if (std::from_chars(start, at_, number).ec != std::errc()) {
    at_ = start;
    refuse("a number beyond the range of a double");
  }
  lua_pushnumber(L, number);
}

}  // namespace

int json_decode(lua_State* L) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, 1, &size);
  luai_chargegas(1 + size / 8);
  Parser parser(L, text, size);
  parser.parse_document();
  return 1;
}

}  // namespace ao::machine
