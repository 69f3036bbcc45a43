// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "syntax.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ao::http {
namespace {

enum Class : std::uint8_t { kToken = 1, kValue = 2, kPath = 4, kName = 8 };

constexpr bool is_alphanumeric(unsigned c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

constexpr bool is_in(std::string_view set, unsigned c) {
  return c < 0x80 && set.find(static_cast<char>(c)) != std::string_view::npos;
}

constexpr auto kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned c = 0; c < 256; ++c) {
    unsigned bits = 0;
    if (is_alphanumeric(c) || is_in("!#$%&'*+-.^_`|~", c)) bits |= kToken;
    if (c == '\t' || (c >= 0x20 && c != 0x7f)) bits |= kValue;
    const bool in_name = is_alphanumeric(c) || is_in("-._~!$&'()*+,;=", c);
    if (in_name) bits |= kName;
    if (in_name || is_in(":@/?", c)) bits |= kPath;
    classes[c] = static_cast<std::uint8_t>(bits);
  }
  return classes;
}();

bool is_of(char c, Class wanted) {
  return (kClasses[static_cast<unsigned char>(c)] & wanted) != 0;
}

bool all_of(std::string_view text, Class wanted) {
  return std::ranges::all_of(text, [wanted](char c) { return is_of(c, wanted); });
}

// Characters of one class, and percent signs followed by two hexadecimal digits.
bool is_percent_encoded(std::string_view text, Class wanted) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_of(text[i], wanted)) continue;
    if (text[i] != '%' || text.size() - i < 3) return false;
    if (hex_digit(text[i + 1]) < 0 || hex_digit(text[i + 2]) < 0) return false;
    i += 2;
  }
  return true;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && all_of(text, kToken);
}
bool is_field_value(std::string_view text) {
  return all_of(text, kValue);
}
bool is_path_and_query(std::string_view text) {
  return is_percent_encoded(text, kPath);
}

bool is_authority(std::string_view text) {
  std::size_t host_end = text.find(':');
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || close < 2) return false;
    for (const char c : text.substr(1, close - 1))
      if (hex_digit(c) < 0 && c != ':' && c != '.') return false;
    host_end = close + 1;
    if (host_end < text.size() && text[host_end] != ':') return false;
  } else if (!is_percent_encoded(text.substr(0, host_end), kName)) {
    return false;
  }
  if (host_end == 0 || text.empty()) return false;
  if (host_end >= text.size()) return true;
  const std::string_view port = text.substr(host_end + 1);
  return port.size() <= 5 && std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

bool equal_without_case(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool lists_token(std::string_view value, std::string_view token) {
  while (true) {
    const std::size_t comma = value.find(',');
    if (equal_without_case(trimmed(value.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    value.remove_prefix(comma + 1);
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (lower(c) >= 'a' && lower(c) <= 'f') return lower(c) - 'a' + 10;
  return -1;
}

}  // namespace ao::http
