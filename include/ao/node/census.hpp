// What a store holds, counted by table and by process. Reads every key once, in order.
//
// The one list of all tables (docs/formats.md); what their values are is each module's own affair.
// One thread. A read that fails throws, as the store does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <span>

#include "ao/base/finding.hpp"
#include "ao/base/progress.hpp"
#include "ao/store/store.hpp"

namespace ao::node {

struct Table {
  char letter;
  std::string_view name;
  std::size_t key_bytes_min;  // of the whole key
  std::size_t key_bytes_max;
  std::size_t process_at;  // where the id of the process stands in a key; 0: nowhere
};
std::span<const Table> tables();

struct TableCount {
  std::uint64_t keys = 0;
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
};

struct ProcessCount {
  std::uint64_t slots = 0;
  std::uint64_t outcomes = 0;
  std::uint64_t unevaluated = 0;
  std::uint64_t outbox = 0;  // entries that wait
  std::uint64_t bytes = 0;   // keys and values, in all tables
};

struct Census {
  std::map<char, TableCount> tables;  // every one of `tables()`
  std::map<ProcessId, ProcessCount> processes;
  Findings findings{100};  // keys of no table, or of a wrong size

  ProcessCount total() const;
};

// `keys` is how many there are about, for the progress.
Census take_census(const store::Store& store, std::uint64_t keys, const Progress& progress);

}  // namespace ao::node
