// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "path.hpp"

#include <fmt/format.h>

#include <algorithm>
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

// Where the bracket or quote that begins at `at` ends, if it is one: it stands at the beginning of
// a segment or value, and has another half there. Elsewhere they are characters like others.
std::optional<std::size_t> end_of_group(std::string_view text, std::size_t at) {
  const bool begins = at == 0 || text[at - 1] == '=' || text[at - 1] == '/';
  if (!begins || (text[at] != '(' && text[at] != '"')) return std::nullopt;
  std::size_t depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[at] == '"' && text[i] == '"' && i > at) return i;
    if (text[at] == '"') continue;
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i;
  }
  return std::nullopt;
}

// Cuts `text` at the first `separator` outside of brackets and quotes; `text` keeps what is behind
// it.
std::string_view cut(std::string_view& text, char separator) {
  std::size_t at = 0;
  for (; at < text.size() && text[at] != separator; ++at)
    if (const auto end = end_of_group(text, at)) at = *end;
  const std::string_view front = text.substr(0, at);
  text = at >= text.size() ? std::string_view() : text.substr(at + 1);
  return front;
}

// One group, not what only begins and ends with a bracket.
bool is_bracketed(std::string_view text) {
  return text.starts_with('(') && end_of_group(text, 0) == text.size() - 1;
}

bool is_type(BytesView name) {
  constexpr std::string_view kTypes[] = {"integer", "float", "atom", "list", "map", "resolve"};
  return std::ranges::find(kTypes, name) != std::end(kTypes);
}

// `slot+integer`; browsers turn the plus sign into a blank.
void take_type(Pair& pair) {
  const std::size_t at = pair.key.find_last_of("+ ");
  if (at == Bytes::npos || !is_type(BytesView(pair.key).substr(at + 1))) return;
  pair.type = pair.key.substr(at + 1);
  pair.key.resize(at);
}

Result<Pair> parse_pair(std::string_view text, const char* begin) {
  Pair pair;
  pair.has_value = text.find('=') != std::string_view::npos;
  const std::string_view key_text = cut(text, '=');
  AO_TRY(key, unescape(key_text, begin));
  pair.key = std::move(key);
  take_type(pair);
  pair.is_path = is_bracketed(text);
  const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  if (pair.is_path || is_quoted) text = text.substr(1, text.size() - 2);
  if (pair.is_path) {
    pair.value = text;  // decoded when it is taken apart
    return pair;
  }
  AO_TRY(value, unescape(text, begin));
  pair.value = pair.has_value ? std::move(value) : Bytes("true");
  return pair;
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

// The part of a segment before its pairs.
Result<> parse_head(std::string_view head, const char* begin, Step& step) {
  if (is_bracketed(head)) {
    step.is_path = true;
    step.key = head.substr(1, head.size() - 2);
    return {};
  }
  const std::string_view name = cut(head, '~');
  AO_TRY(device, unescape(head, begin));
  step.device = std::move(device);
  if (name.find('=') != std::string_view::npos) {
    AO_TRY(pair, parse_pair(name, begin));
    step.key = pair.key;
    step.pairs.push_back(std::move(pair));
    return {};
  }
  AO_TRY(key, unescape(name, begin));
  step.key = std::move(key);
  return {};
}

Result<Step> parse_step(std::string_view segment, const char* begin) {
  if (segment.size() > kSegmentBytesMax)
    return fail(ErrorKind::kTooLarge, "path-malformed",
                fmt::format("a path segment has {} characters, the limit is {}", segment.size(),
                            kSegmentBytesMax));
  const std::string_view head = cut(segment, '&');
  Step step;
  AO_CHECK(parse_head(head, begin, step));
  AO_TRY(pairs, parse_pairs(segment, begin));
  for (Pair& pair : pairs)
    step.pairs.push_back(std::move(pair));
  return step;
}

const Bytes* find_in(const std::vector<Pair>& pairs, BytesView name) {
  const Bytes* found = nullptr;
  for (const Pair& pair : pairs)
    if (same_key(pair.key, name)) found = &pair.value;  // the last counts
  return found;
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
