// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/process/visible_state.hpp"

#include <fmt/format.h>

#include "ao/message/cbor.hpp"
#include "ao/process/records.hpp"
#include "state_keys.hpp"

namespace ao::process {

using message::Map;
using message::Value;

namespace {

using Leaves = std::map<Bytes, Bytes>;  // by path, of their CBOR

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

// Of paths that are whole.
std::optional<Value> grafted(const Leaves& leaves) {
  if (leaves.empty()) return std::nullopt;
  Map map;
  for (const auto& [path, bytes] : leaves) {
    auto value = message::from_cbor(bytes);
    if (value) graft(map, path, std::move(*value));
  }
  return Value(std::move(map));
}

// The leaves below `key`.
Leaves leaves_below(const store::Store& store, const Bytes& key) {
  Leaves leaves;
  store.scan(key, key, [&](BytesView name, BytesView bytes) {
    if (name.size() > key.size()) leaves.emplace(name.substr(key.size()), bytes);
    return true;
  });
  return leaves;
}

// What the first change of this very leaf after `slot` found; nullopt when there is none. Slots
// begin with a zero byte, and no part of a path does: a leaf's own changes go before those below.
std::optional<Bytes> found_after(const store::Store& store, const Bytes& key, Slot slot) {
  const Bytes prefix = state_keys::past(key);
  std::optional<Bytes> found;
  store.scan(prefix, state_keys::past(key, slot.next()), [&](BytesView name, BytesView bytes) {
    if (name.size() == prefix.size() + state_keys::kSlotBytes && name[prefix.size()] == '\0')
      found = Bytes(bytes);
    return false;
  });
  return found;
}

// Takes the leaves below `key`, as they are, back to what they were after `slot`.
void take_back(const store::Store& store, const Bytes& key, Slot slot, Leaves& leaves) {
  constexpr std::size_t kSteps = 16;  // a seek costs as much
  const Bytes prefix = state_keys::past(key);
  Bytes next = prefix + '\1';  // behind the changes of the leaf at `key` itself
  for (bool is_over = false; !is_over;) {
    is_over = true;
    std::size_t steps = 0;
    store.scan(prefix, next, [&](BytesView name, BytesView bytes) {
      if (name < next) return is_over = ++steps <= kSteps;
      steps = 0;
      const BytesView leaf = name.substr(0, name.size() - state_keys::kSlotBytes);
      next = leaf;
      if (get_u64be(name.substr(leaf.size())) <= slot.number) {
        put_u64be(next, slot.number + 1);
        return true;
      }
      next += '\1';
      const Bytes path(leaf.substr(prefix.size()));
      if (bytes.empty()) {
        leaves.erase(path);
      } else {
        leaves.insert_or_assign(path, Bytes(bytes));
      }
      return true;
    });
  }
}

}  // namespace

std::optional<Value> VisibleState::read(const ProcessId& process, const Path& path) const {
  const Bytes key = state_keys::present(process, path);
  if (!path.empty())
    if (const auto leaf = store_.get(key)) {
      auto value = message::from_cbor(*leaf);
      if (value) return std::move(*value);
    }
  return grafted(leaves_below(store_, key));
}

// The present is read before the past: what changes in between is found in the past.
Result<std::optional<Value>> VisibleState::read_after(const ProcessId& process, Slot slot,
                                                      const Path& path) const {
  const Slot kept = kept_from(process);
  if (slot.next() < kept)
    return fail(ErrorKind::kNotFound, "state-forgotten",
                fmt::format("what process {} showed is kept from slot {} on, not after slot {}",
                            process.text(), kept.number - 1, slot.number));
  const Bytes key = state_keys::present(process, path);
  if (!path.empty()) {
    auto leaf = store_.get(key);
    if (auto found = found_after(store_, key, slot)) leaf = std::move(found);
    if (leaf && !leaf->empty()) {
      AO_TRY(value, message::from_cbor(*leaf));
      return std::move(value);
    }
  }
  Leaves leaves = leaves_below(store_, key);
  take_back(store_, key, slot, leaves);
  return grafted(leaves);
}

// A process without the record was never patched, or not since such records are made.
Slot VisibleState::kept_from(const ProcessId& process) const {
  const Bytes key = state_keys::present(process);
  if (const auto kept = store_.get(state_keys::past(key)); kept && kept->size() == 8)
    return Slot{get_u64be(*kept)};
  return leaves_below(store_, key).empty() ? Slot{0} : Records(store_).evaluated(process);
}

void StateChange::merge(Slot slot, const Value& patch) {
  if (writes_.empty()) first_ = slot;
  slot_ = slot;
  if (patch.map() != nullptr) merge_children(state_keys::present(process_), *patch.map());
}

void StateChange::merge_at(const Bytes& path, const Value& value) {
  const Map* map = value.map();
  if (map == nullptr || map->empty())
    return replace(path, value.is_null() ? Leaf() : message::to_cbor(value));
  set(path, leaf_at(path), std::nullopt);
  merge_children(path, *map);
}

void StateChange::merge_children(const Bytes& path, const Map& map) {
  for (const auto& [key, child] : map)
    merge_at(state_keys::down(path, message::normal_key(key)), child);
}

void StateChange::replace(const Bytes& path, Leaf after) {
  const Leaf before = leaf_at(path);
  if (!before) clear_below(path);  // nothing lies below a leaf
  set(path, before, std::move(after));
}

StateChange::Leaf StateChange::leaf_at(const Bytes& path) const {
  const auto written = writes_.find(path);
  return written != writes_.end() ? written->second : store_.get(path);
}

void StateChange::clear_below(const Bytes& path) {
  store_.scan(path, path, [&](BytesView name, BytesView value) {
    const Bytes key(name);
    if (!writes_.contains(key)) set(key, Bytes(value), std::nullopt);
    return true;
  });
  for (auto it = writes_.upper_bound(path); it != writes_.end() && it->first.starts_with(path);
       ++it)
    set(it->first, it->second, std::nullopt);
}

void StateChange::set(const Bytes& path, const Leaf& before, Leaf after) {
  if (before == after) return;
  found_.try_emplace(state_keys::past(path, slot_), before.value_or(Bytes()));
  writes_.insert_or_assign(path, std::move(after));
}

void StateChange::write(store::Batch& batch) const {
  if (writes_.empty()) return;
  const Bytes root = state_keys::present(process_);
  if (!store_.get(state_keys::past(root))) {
    bool is_new = true;  // what was never patched showed nothing after every slot
    store_.scan(root, root, [&](BytesView, BytesView) { return is_new = false; });
    Bytes kept;
    put_u64be(kept, is_new ? 0 : first_.number);
    batch.put(state_keys::past(root), kept);
  }
  for (const auto& [key, value] : found_)
    batch.put(key, value);
  for (const auto& [key, value] : writes_) {
    if (value) {
      batch.put(key, *value);
    } else {
      batch.remove(key);
    }
  }
}

}  // namespace ao::process
