// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/visible_state.hpp"

#include "ao/message/cbor.hpp"
#include "ao/message/paths.hpp"

namespace ao::process {
namespace {

using message::Map;
using message::Value;

Bytes root(const ProcessId& process) {
  return 'v' + Bytes(process.bytes());
}

Bytes down(Bytes path, BytesView key) {
  path += key;
  path.push_back('\0');
  return path;
}

// Puts a leaf into the map that its remaining path describes.
void graft(Map& map, BytesView path, Value leaf) {
  const std::size_t end = path.find('\0');
  const BytesView key = path.substr(0, end);
  const BytesView rest = path.substr(end + 1);
  if (rest.empty()) {
    map.set(Bytes(key), std::move(leaf));
    return;
  }
  if (map.find(key) == nullptr || map.find(key)->map() == nullptr) map.set(Bytes(key), Map{});
  graft(*map.find(key)->map(), rest, std::move(leaf));
}

}  // namespace

std::optional<Value> VisibleState::read(const ProcessId& process, const Path& path) const {
  Bytes key = root(process);
  for (const Bytes& part : path)
    key = down(std::move(key), message::normal_key(part));
  if (!path.empty())
    if (const auto leaf = store_.get(key)) {
      auto value = message::from_cbor(*leaf);
      if (value) return std::move(*value);
    }
  Map map;
  bool found = false;
  store_.scan(key, key, [&](BytesView name, BytesView bytes) {
    auto value = message::from_cbor(bytes);
    if (value) graft(map, name.substr(key.size()), std::move(*value));
    found = true;
    return true;
  });
  if (!found) return std::nullopt;
  return Value(std::move(map));
}

void StateChange::merge(const Value& patch) {
  if (patch.map() != nullptr) merge_children(root(process_), *patch.map());
}

void StateChange::merge_at(const Bytes& path, const Value& value) {
  const Map* map = value.map();
  if (map == nullptr || map->empty()) {
    clear_below(path);
    if (!value.is_null()) writes_[path] = message::to_cbor(value);
    return;
  }
  const auto written = writes_.find(path);
  const bool is_leaf =
      written != writes_.end() ? written->second.has_value() : store_.get(path).has_value();
  if (is_leaf) writes_[path] = std::nullopt;
  merge_children(path, *map);
}

void StateChange::merge_children(const Bytes& path, const Map& map) {
  for (const auto& [key, child] : map)
    merge_at(down(path, message::normal_key(key)), child);
}

void StateChange::clear_below(const Bytes& path) {
  store_.scan(path, path, [&](BytesView name, BytesView) {
    writes_[Bytes(name)] = std::nullopt;
    return true;
  });
  for (auto it = writes_.lower_bound(path); it != writes_.end() && it->first.starts_with(path);
       ++it)
    it->second = std::nullopt;
}

void StateChange::write(store::Batch& batch) const {
  for (const auto& [key, value] : writes_) {
    if (value) {
      batch.put(key, *value);
    } else {
      batch.remove(key);
    }
  }
}

}  // namespace ao::process
