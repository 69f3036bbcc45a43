// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "path.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ao::api {
namespace {

constexpr std::size_t kSegmentBytesMax = 4096;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// `text` is a part of the target that begins at `begin`, from where errors count.
Result<Bytes> unescape(std::string_view text, const char* begin) {
  Bytes bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes.push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return fail(ErrorKind::kInvalid, "path-malformed",
                  fmt::format("character {} of the path: a percent sign without two hexadecimal "
                              "digits",
                              text.data() + i - begin));
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return bytes;
}

// Cuts `text` at the first `separator`; `text` keeps what is behind it.
std::string_view cut(std::string_view& text, char separator) {
  const std::size_t at = text.find(separator);
  const std::string_view front = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return front;
}

Result<Pair> parse_pair(std::string_view text, const char* begin) {
  const bool has_value = text.find('=') != std::string_view::npos;
  const std::string_view key_text = cut(text, '=');
  AO_TRY(key, unescape(key_text, begin));
  AO_TRY(value, unescape(text, begin));
  return Pair{std::move(key), has_value ? std::move(value) : Bytes("true")};
}

Result<std::vector<Pair>> parse_pairs(std::string_view text, const char* begin) {
  std::vector<Pair> pairs;
  while (!text.empty()) {
    const std::string_view one = cut(text, '&');
    if (one.empty()) continue;
    AO_TRY(pair, parse_pair(one, begin));
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

Result<Step> parse_step(std::string_view segment, const char* begin) {
  if (segment.size() > kSegmentBytesMax)
    return fail(ErrorKind::kTooLarge, "path-malformed",
                fmt::format("a path segment has {} characters, the limit is {}", segment.size(),
                            kSegmentBytesMax));
  std::string_view head = cut(segment, '&');
  AO_TRY(pairs, parse_pairs(segment, begin));
  const std::string_view name = cut(head, '~');
  AO_TRY(device, unescape(head, begin));
  Step step;
  step.device = std::move(device);
  if (name.find('=') != std::string_view::npos) {
    AO_TRY(pair, parse_pair(name, begin));
    step.key = pair.key;
    step.pairs.push_back(std::move(pair));
  } else {
    AO_TRY(key, unescape(name, begin));
    step.key = std::move(key);
  }
  for (Pair& pair : pairs)
    step.pairs.push_back(std::move(pair));
  return step;
}

const Bytes* find_in(const std::vector<Pair>& pairs, BytesView name) {
  for (const Pair& pair : pairs) {
    const BytesView key = BytesView(pair.key).substr(0, pair.key.find('+'));  // `slot+integer=3`
    if (same_key(key, name)) return &pair.value;
  }
  return nullptr;
}

}  // namespace

const Bytes* Step::find(BytesView name) const {
  return find_in(pairs, name);
}

const Bytes* Path::find(std::size_t index, BytesView name) const {
  const Bytes* found = index < steps.size() ? steps[index].find(name) : nullptr;
  return found != nullptr ? found : find_in(query, name);
}

Result<Path> Path::parse(std::string_view target) {
  const char* const begin = target.data();
  std::string_view segments = cut(target, '?');
  Path path;
  AO_TRY(query, parse_pairs(target, begin));
  path.query = std::move(query);
  while (!segments.empty()) {
    const std::string_view segment = cut(segments, '/');
    if (segment.empty()) continue;
    AO_TRY(step, parse_step(segment, begin));
    path.steps.push_back(std::move(step));
  }
  return path;
}

std::optional<std::uint64_t> number(BytesView text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace ao::api
