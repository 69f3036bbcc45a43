// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/value.hpp"

#include <algorithm>

namespace ao::message {
namespace {

auto position(auto& entries, BytesView key) {
  return std::ranges::lower_bound(entries, key, {},
                                  [](const Map::Entry& entry) { return BytesView(entry.first); });
}

}  // namespace

Map::Map(std::initializer_list<Entry> entries) {
  entries_.reserve(entries.size());
  for (const Entry& entry : entries)
    set(entry.first, entry.second);
}

Map Map::from(std::vector<Entry> entries) {
  const auto key = [](const Entry& entry) { return BytesView(entry.first); };
  if (!std::ranges::is_sorted(entries, {}, key)) std::ranges::stable_sort(entries, {}, key);
  Map map;
  if (std::ranges::adjacent_find(entries, {}, key) == entries.end()) {
    map.entries_ = std::move(entries);
    return map;
  }
  map.entries_.reserve(entries.size());
  for (Entry& entry : entries)
    map.set(std::move(entry.first), std::move(entry.second));
  return map;
}

void Map::set(Bytes key, Value value) {
  if (entries_.empty() || entries_.back().first < key) {
    entries_.emplace_back(std::move(key), std::move(value));
    return;
  }
  const auto at = position(entries_, key);
  if (at->first == key) {
    at->second = std::move(value);
  } else {
    entries_.emplace(at, std::move(key), std::move(value));
  }
}

void Map::remove(BytesView key) {
  const auto at = position(entries_, key);
  if (at != entries_.end() && at->first == key) entries_.erase(at);
}

const Value* Map::find(BytesView key) const {
  const auto at = position(entries_, key);
  return at != entries_.end() && at->first == key ? &at->second : nullptr;
}

Value* Map::find(BytesView key) {
  const auto at = position(entries_, key);
  return at != entries_.end() && at->first == key ? &at->second : nullptr;
}

bool Map::operator==(const Map& other) const {
  return entries_ == other.entries_;
}

Value Value::atom(BytesView name) {
  if (name == "true") return true;
  if (name == "false") return false;
  if (name == "null") return {};
  return Atom{Bytes(name)};
}

BytesView Value::text(BytesView key) const {
  const Value* found = find(key);
  return found != nullptr && found->bytes() != nullptr ? BytesView(*found->bytes()) : BytesView();
}

}  // namespace ao::message
