// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/paths.hpp"

#include <algorithm>
#include <charconv>

namespace ao::message {
namespace {

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

// The item that a key of a list names: 1, 2, …
const Value* item(const List& list, BytesView key) {
  std::size_t place = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), place);
  const bool is_number = error == std::errc() && end == key.data() + key.size();
  const bool is_place = is_number && !key.starts_with('0') && place <= list.size();
  return is_place ? &list[place - 1] : nullptr;
}

const Value* step(const Value& value, BytesView key) {
  if (const List* list = value.list()) return item(*list, key);
  return value.map() != nullptr ? get(*value.map(), key) : nullptr;
}

Value content(const Value& value) {
  if (const Map* map = value.map()) return without_private(*map);
  if (value.list() == nullptr) return value;
  List list;
  list.reserve(value.list()->size());
  for (const Value& one : *value.list())
    list.push_back(content(one));
  return list;
}

}  // namespace

bool is_id_key(BytesView key) {
  return key.size() == 32 || key.size() == 42 || key.size() == 43;
}

Bytes normal_key(BytesView key) {
  return is_id_key(key) ? Bytes(key) : lower_case(key);
}

bool is_normal_key(BytesView key) {
  return is_id_key(key) || std::ranges::none_of(key, is_upper);
}

bool is_private(BytesView key) {
  return key.size() >= 4 && same_key(key.substr(0, 4), "priv");
}

const Value* get(const Map& message, BytesView key) {
  if (is_private(key)) return nullptr;
  if (const Value* found = message.find(key)) return found;
  if (is_id_key(key)) return nullptr;
  if (const Value* found = message.find(normal_key(key))) return found;
  const auto other = std::ranges::find_if(
      message, [&](const Map::Entry& entry) { return same_key(entry.first, key); });
  return other != message.end() ? &other->second : nullptr;
}

const Value* descend(const Value& value, std::span<const Bytes> path) {
  const Value* at = &value;
  for (const Bytes& key : path) {
    at = step(*at, key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

const Value* descend(const Map& message, BytesView path) {
  std::size_t end = std::min(path.find('/'), path.size());
  const Value* at = get(message, path.substr(0, end));
  while (at != nullptr && end < path.size()) {
    const std::size_t start = end + 1;
    end = std::min(path.find('/', start), path.size());
    at = step(*at, path.substr(start, end - start));
  }
  return at;
}

Result<Bytes> normal_path(BytesView path) {
  Bytes normal;
  normal.reserve(path.size());
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end == at)
      return fail(ErrorKind::kInvalid, "path-malformed",
                  "a path has an empty key at byte " + std::to_string(at));
    normal += normal_key(path.substr(at, end - at));
    if (end == path.size()) return normal;
    normal += '/';
    at = end + 1;
  }
}

bool path_comes_before(BytesView a, BytesView b) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

std::vector<Bytes> keys(const Map& message) {
  std::vector<Bytes> keys;
  keys.reserve(message.size());
  for (const auto& [key, value] : message)
    if (!is_private(key) && !same_key(key, "commitments")) keys.push_back(key);
  return keys;
}

Map without_private(const Map& message) {
  std::vector<Map::Entry> entries;
  entries.reserve(message.size());
  for (const auto& [key, value] : message)
    if (!is_private(key)) entries.emplace_back(key, content(value));
  return Map::from(std::move(entries));
}

}  // namespace ao::message
