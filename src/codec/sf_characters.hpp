// The classes of characters of RFC 9651.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace ao::codec::sf {

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
inline bool is_letter(char c) {
  return is_lower(c) || (c >= 'A' && c <= 'Z');
}
inline bool begins_token(char c) {
  return is_letter(c) || c == '*';
}
inline bool is_in_token(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~:/";
  return is_letter(c) || is_digit(c) || kMarks.find(c) != kMarks.npos;
}
inline bool begins_key(char c) {
  return is_lower(c) || c == '*';
}
inline bool is_in_key(char c) {
  return is_lower(c) || is_digit(c) || c == '_' || c == '-' || c == '.' || c == '*';
}
inline bool is_in_ao_key(char c) {
  constexpr std::string_view kMarks = "\",;=";
  return static_cast<unsigned char>(c) > ' ' && c != '\x7f' && kMarks.find(c) == kMarks.npos;
}
inline bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace ao::codec::sf
