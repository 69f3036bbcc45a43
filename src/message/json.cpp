// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/json.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace ao::message {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void append_escape(std::string& out, unsigned char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kBytes = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  const std::size_t name = kBytes.find(static_cast<char>(byte));
  out.push_back('\\');
  if (name != kBytes.npos) {
    out.push_back(kNames[name]);
    return;
  }
  out += "u00";
  out.push_back(kHex[byte >> 4]);
  out.push_back(kHex[byte & 15]);
}

void append_string(std::string& out, BytesView bytes) {
  out.push_back('"');
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t start = i;
    while (i < bytes.size() && is_plain(static_cast<unsigned char>(bytes[i])))
      ++i;
    out += bytes.substr(start, i - start);
    if (i == bytes.size()) break;
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = utf8_sequence(bytes, i);
    if (byte < 0x80) {
      append_escape(out, byte);
    } else {
      out += length == 0 ? kReplacement : bytes.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  out.push_back('"');
}

template <class Number>
std::string_view append_shortest(std::string& out, Number number) {
  std::array<char, 32> text;
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  const auto size = static_cast<std::size_t>(end - text.data());
  out.append(text.data(), size);
  return std::string_view(out).substr(out.size() - size);
}

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // A float stays a float for whoever reads it back.
  if (append_shortest(out, value).find_first_of(".e") == std::string_view::npos) out += ".0";
}

}  // namespace

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

void append_json(std::string& out, const Value& value) {
  if (const bool* truth = value.boolean()) {
    out += *truth ? "true" : "false";
  } else if (const std::int64_t* number = value.integer()) {
    append_shortest(out, *number);
  } else if (const double* real = value.floating()) {
    append_double(out, *real);
  } else if (const Bytes* bytes = value.bytes()) {
    append_string(out, *bytes);
  } else if (const Atom* atom = value.atom()) {
    append_string(out, atom->name);
  } else if (const Link* link = value.link()) {
    append_string(out, link->id.text());
  } else if (const List* list = value.list()) {
    out.push_back('[');
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out.push_back(',');
      append_json(out, (*list)[i]);
    }
    out.push_back(']');
  } else if (const Map* map = value.map()) {
    char before = '{';
    for (const auto& [key, item] : *map) {
      out.push_back(before);
      before = ',';
      append_string(out, item.link() != nullptr ? key + "+link" : key);
      out.push_back(':');
      append_json(out, item);
    }
    out += map->empty() ? "{}" : "}";
  } else {
    out += "null";
  }
}

}  // namespace ao::message
