// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "ao/message/paths.hpp"

namespace ao::message {
namespace {

constexpr std::size_t kDepthMax = 64;
constexpr std::string_view kCommitments = "commitments";
constexpr std::string_view kLinkSuffix = "+link";

struct Change {
  Bytes path;  // in normal case
  const Value* value;
};
using Changes = std::span<const Change>;

bool is_atom(const Value& value, BytesView name) {
  return value.atom() != nullptr && value.atom()->name == name;
}

bool makes_something(const Change& change) {
  return !is_atom(*change.value, "unset") && !is_atom(*change.value, "undefined");
}

// Whether any key of the path is not for others to set.
bool is_reserved(BytesView path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const BytesView key = path.substr(0, end);
    if (is_private(key) || key == kCommitments) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

// In the order of their keys.
Result<std::vector<Change>> changes_of(const Map& map) {
  std::vector<Change> changes;
  changes.reserve(map.size());
  for (const auto& [path, value] : map) {
    AO_TRY(normal, normal_path(path));
    if (!is_reserved(normal)) changes.push_back({std::move(normal), &value});
  }
  std::ranges::stable_sort(changes, path_comes_before, &Change::path);
  return changes;
}

// Keys in normal case. Of two that are equal without case, the one that is spelled so stays.
void normalise(Map& map) {
  if (std::ranges::all_of(map, [](const auto& entry) { return is_normal_key(entry.first); }))
    return;
  std::vector<Map::Entry> entries;
  entries.reserve(map.size());
  for (const auto& [key, value] : map)
    entries.emplace_back(normal_key(key), std::move(*map.find(key)));
  map = Map::from(std::move(entries));
}

Map numbered(List list) {
  std::vector<Map::Entry> entries;
  entries.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i)
    entries.emplace_back(std::to_string(i + 1), std::move(list[i]));
  return Map::from(std::move(entries));
}

Result<List> list_of(Map map) {
  List list;
  list.reserve(map.size());
  for (std::size_t i = 1; i <= map.size(); ++i) {
    Value* const item = map.find(std::to_string(i));
    if (item == nullptr)
      return fail(ErrorKind::kInvalid, "set-list",
                  fmt::format("a list of {} would have no item {}", map.size(), i));
    list.push_back(std::move(*item));
  }
  return list;
}

// Whether a commitment of the message covers one of these keys, which are sorted. One that cannot
// be read may cover anything.
bool is_committed(const Value& commitments, const std::vector<Bytes>& keys) {
  const auto covers = [&](const Value& name) {
    if (name.bytes() == nullptr) return true;
    BytesView key = *name.bytes();
    if (key.ends_with(kLinkSuffix)) key.remove_suffix(kLinkSuffix.size());
    return std::ranges::binary_search(keys, normal_key(key));
  };
  if (commitments.map() == nullptr) return true;
  for (const auto& [id, commitment] : *commitments.map()) {
    const Value* committed = commitment.find("committed");
    const List* list = committed != nullptr ? committed->list() : nullptr;
    const Map* map = committed != nullptr ? committed->map() : nullptr;
    if (list == nullptr && map == nullptr) return true;
    if (list != nullptr && std::ranges::any_of(*list, covers)) return true;
    if (map == nullptr) continue;
    for (const auto& [place, name] : *map)
      if (place != "ao-types" && covers(name)) return true;
  }
  return false;
}

// What is under a key while changes are made to it.
struct Place {
  std::optional<Value> value;
  bool has_changed = false;
};

class Setting {
 public:
  explicit Setting(SetMode mode) : mode_(mode) {}

  // Makes the changes, of whose paths `start` bytes led here; whether there was any.
  Result<bool> change(Map& map, Changes changes, std::size_t start, std::size_t depth) const {
    if (depth > kDepthMax)
      return fail(ErrorKind::kTooLarge, "set-depth",
                  fmt::format("what is set nests deeper than {}", kDepthMax));
    normalise(map);
    std::vector<Bytes> changed;
    std::vector<Map::Entry> added;
    bool has_removed = false;
    while (!changes.empty()) {
      const BytesView path = changes[0].path;
      const std::size_t end = std::min(path.find('/', start), path.size());
      const Changes here = changes.first(count_sharing(changes, start, end));
      changes = changes.subspan(here.size());
      Bytes key(path.substr(start, end - start));
      Value* const there = map.find(key);
      Place place;
      if (there != nullptr) place.value = std::move(*there);
      AO_CHECK(change_place(place, here, end, depth));
      if (place.has_changed) changed.push_back(key);
      if (there != nullptr && place.value) *there = std::move(*place.value);
      if (there != nullptr && !place.value) *there = Atom{"unset"};
      has_removed = has_removed || (there != nullptr && !place.value);
      if (there == nullptr && place.value)
        added.emplace_back(std::move(key), std::move(*place.value));
    }
    if (changed.empty()) return false;
    if (has_removed || !added.empty()) rebuild(map, changed, std::move(added));
    const Value* commitments = map.find(kCommitments);
    if (commitments != nullptr && is_committed(*commitments, changed)) map.remove(kCommitments);
    return true;
  }

 private:
  // How many of the changes go on with the key of the first, which ends at `end`.
  static std::size_t count_sharing(Changes changes, std::size_t start, std::size_t end) {
    const BytesView key = BytesView(changes[0].path).substr(start, end - start);
    const auto shares = [&](const Change& change) {
      const BytesView path = change.path;
      return path.substr(start, end - start) == key && (path.size() == end || path[end] == '/');
    };
    const auto other = std::ranges::find_if_not(changes, shares);
    return static_cast<std::size_t>(other - changes.begin());
  }

  // The changes are of the key that ends at `end`, and of what lies below it.
  Result<> change_place(Place& place, Changes changes, std::size_t end, std::size_t depth) const {
    if (changes[0].path.size() == end) {
      const Value& value = *changes[0].value;
      AO_CHECK(put(place, value, depth));
      changes = changes.subspan(1);
      if (!changes.empty() && changes[0].path.size() == end)
        return fail(ErrorKind::kInvalid, "set-conflict",
                    fmt::format("two changes are of one key, of {} bytes with its path", end));
    }
    if (changes.empty()) return {};
    const bool is_container = place.value && (place.value->map() || place.value->list());
    if (!is_container) {
      if (std::ranges::none_of(changes, makes_something)) return {};
      place = {Value(Map{}), true};
    }
    return inside(place, changes, end + 1, depth);
  }

  // Changes a map or list that is there.
  Result<> inside(Place& place, Changes changes, std::size_t start, std::size_t depth) const {
    if (Map* map = place.value->map()) {
      AO_TRY(has_changed, change(*map, changes, start, depth + 1));
      place.has_changed = place.has_changed || has_changed;
      return {};
    }
    Map map = numbered(std::move(*place.value->list()));
    AO_TRY(has_changed, change(map, changes, start, depth + 1));
    AO_TRY(list, list_of(std::move(map)));
    place = {Value(std::move(list)), place.has_changed || has_changed};
    return {};
  }

  Result<> put(Place& place, const Value& value, std::size_t depth) const {
    if (is_atom(value, "undefined")) return {};
    if (is_atom(value, "unset")) {
      place = {std::nullopt, place.value.has_value()};
      return {};
    }
    const Map* map = value.map();
    if (map == nullptr) {
      const bool is_same = place.value && *place.value == value;
      place = {value, !is_same};
      return {};
    }
    AO_TRY(changes, changes_of(*map));
    const bool is_container = place.value && (place.value->map() || place.value->list());
    if (mode_ == SetMode::kDeep && is_container) return inside(place, changes, 0, depth);
    AO_TRY(fresh, fresh_map(*map, changes, depth));
    const bool is_same = place.value && *place.value == Value(fresh);
    place = {Value(std::move(fresh)), !is_same};
    return {};
  }

  // A message where none is to be changed: it comes with its commitments.
  static Result<Map> fresh_map(const Map& map, Changes changes, std::size_t depth) {
    Map fresh;
    AO_CHECK(Setting(SetMode::kDeep).change(fresh, changes, 0, depth + 1));
    if (const Value* commitments = map.find(kCommitments))
      fresh.set(Bytes(kCommitments), *commitments);
    return fresh;
  }

  // Once for all that came and went: one by one would take quadratic time.
  static void rebuild(Map& map, const std::vector<Bytes>& changed, std::vector<Map::Entry> added) {
    for (const auto& [key, value] : map) {
      const bool is_removed = is_atom(value, "unset") && std::ranges::binary_search(changed, key);
      if (!is_removed) added.emplace_back(key, std::move(*map.find(key)));
    }
    map = Map::from(std::move(added));
  }

  SetMode mode_;
};

}  // namespace

Result<Map> set(Map message, const Map& changes, SetMode mode) {
  AO_TRY(sorted, changes_of(changes));
  AO_CHECK(Setting(mode).change(message, sorted, 0, 0));
  return message;
}

Result<Map> remove(Map message, std::span<const Bytes> paths) {
  std::vector<Map::Entry> changes;
  changes.reserve(paths.size());
  for (const Bytes& path : paths) {
    AO_TRY(normal, normal_path(path));
    changes.emplace_back(std::move(normal), Value(Atom{"unset"}));
  }
  return set(std::move(message), Map::from(std::move(changes)));
}

}  // namespace ao::message
