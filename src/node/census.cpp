// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/census.hpp"

#include <fmt/format.h>

#include <array>

namespace ao::node {
namespace {

constexpr std::size_t kId = ProcessId::kSize;
constexpr std::size_t kNumber = 8;
constexpr std::size_t kTwinMax = kId + 2 * kNumber;
constexpr std::size_t kAccountMax = 43;
constexpr std::size_t kNoMax = static_cast<std::size_t>(-1);
constexpr std::size_t kShownKeyBytes = 48;
constexpr std::uint64_t kKeysATell = 4'096;

constexpr std::array<Table, 34> kTables = {{
    {'$', "payments for transactions", 1 + kNumber + kId, 1 + kNumber + kId, 0},
    {'A', "accounts", 1 + 1 + 1, 1 + 1 + kAccountMax + 1 + kId, 0},
    {'B', "last block", 1, 1, 0},
    {'C', "cache", 1, 1 + 1 + 64, 0},
    {'G', "index of items", 1, 1 + 16 + kNumber + kId, 0},
    {'M', "node message", 1, 1 + kId, 0},
    {'N', "names", 1 + 1, 1 + 1 + 64, 0},
    {'R', "routes that were added", 1, 1, 0},
    {'a', "assignments", 1 + kId + kNumber, 1 + kId + kNumber, 1},
    {'b', "outbox", 1 + kId + 2 * kNumber, 1 + kId + 2 * kNumber, 1},
    {'c', "cursors", 1 + kId, 1 + kId, 1},
    {'d', "items", 1 + kId, 1 + kId, 0},
    {'e', "dead letters", 1 + kId + 2 * kNumber, 1 + kId + 2 * kNumber, 1},
    {'f', "forwards", 1 + 2 * kId + 2 * kNumber, 1 + 2 * kId + 2 * kNumber, 1 + kId},
    {'g', "bundles", 1 + kNumber, 1 + kNumber, 0},
    {'h', "heads", 1 + kId, 1 + kId, 1},
    {'i', "message index", 1 + 2 * kId, 1 + 2 * kId, 1 + kId},
    {'j', "items to settle", 1 + kId, 1 + kId, 0},
    {'k', "awaiting tasks", 1 + kId, 1 + kId, 1},
    {'l', "shard logs", 1 + 1 + kNumber, 1 + 1 + kNumber, 0},
    {'m', "checkpoints", 1 + kId, 1 + kId, 1},
    {'n', "followed", 1 + kId, 1 + kId, 0},
    {'o', "places in bundles", 1, 1 + kId + kNumber, 0},
    {'p', "pages of checkpoints", 1 + kId + kNumber, 1 + kId + kNumber, 1},
    {'q', "unevaluated", 1 + kId + kNumber, 1 + kId + kNumber, 1},
    {'r', "outcomes", 1 + kId, 1 + kId + kNumber, 1},
    {'s', "shard heads", 1 + 1, 1 + 1, 0},
    {'t', "tasks", 1 + 2 * kId, 1 + 2 * kId, 1},
    {'u', "past of visible state", 1 + kId, kNoMax, 1},
    {'v', "visible state", 1 + kId + 1, kNoMax, 1},
    {'w', "homes", 1 + kId, 1 + kId, 0},
    {'x', "twin index", 1 + kId + 1, 1 + kId + kTwinMax, 1},
    {'y', "unconfirmed bundles", 1 + kNumber, 1 + kNumber, 0},
    {'z', "settlement cursors", 1, 1 + 1, 0},
}};

const Table* table_of(BytesView key) {
  for (const Table& table : kTables)
    if (key.starts_with(table.letter)) return &table;
  return nullptr;
}

std::string shown(BytesView key) {
  return hex(key.substr(0, kShownKeyBytes)) + (key.size() > kShownKeyBytes ? "…" : "");
}

void count_for(ProcessCount& process, char table, std::size_t key_bytes, std::uint64_t bytes) {
  process.bytes += bytes;
  if (table == 'a') ++process.slots;
  if (table == 'b') ++process.outbox;
  if (table == 'q') ++process.unevaluated;
  if (table == 'r' && key_bytes > 1 + kId) ++process.outcomes;
}

void count(Census& census, BytesView key, BytesView value) {
  const Table* table = table_of(key);
  if (table == nullptr)
    return census.findings.add(fmt::format("key {} is of no table", shown(key)));
  TableCount& count = census.tables[table->letter];
  ++count.keys;
  count.key_bytes += key.size();
  count.value_bytes += value.size();
  if (key.size() < table->key_bytes_min || key.size() > table->key_bytes_max)
    return census.findings.add(fmt::format("key {} of table {} ({}) has {} bytes", shown(key),
                                           table->letter, table->name, key.size()));
  if (table->process_at == 0) return;
  const auto process = ProcessId::from_bytes(key.substr(table->process_at, kId));
  count_for(census.processes[*process], table->letter, key.size(), key.size() + value.size());
}

}  // namespace

std::span<const Table> tables() {
  return kTables;
}

ProcessCount Census::total() const {
  ProcessCount total;
  for (const auto& [id, process] : processes) {
    total.slots += process.slots;
    total.outcomes += process.outcomes;
    total.unevaluated += process.unevaluated;
    total.outbox += process.outbox;
    total.bytes += process.bytes;
  }
  return total;
}

Census take_census(const store::Store& store, std::uint64_t keys, const Progress& progress) {
  Census census;
  for (const Table& table : kTables)
    census.tables[table.letter];
  std::uint64_t done = 0;
  store.scan({}, {}, [&](BytesView key, BytesView value) {
    count(census, key, value);
    if (++done % kKeysATell == 0) progress(done, keys);
    return true;
  });
  return census;
}

}  // namespace ao::node
