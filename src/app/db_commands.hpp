// The commands on the store of a node that is stopped. All throw std::runtime_error, print to
// standard output, tell how far they are on standard error, and return the exit code.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "ao/base/ids.hpp"
#include "ao/store/store.hpp"

namespace ao::app {

struct DbOptions {
  store::Settings store;
  std::filesystem::path key_file;  // of this node; empty: not known
  std::set<Address> schedulers;    // who has signed assignments beside it
  bool quiet = false;              // no progress
};

// Before each of the others; counts once. A store that is opened may have something to tell, and it
// goes to standard error.
void start_db_log(bool quiet);

int db_stats(const DbOptions& options, bool as_json);

// 1 when there is a fault. `fast`: without signatures.
int db_verify(const DbOptions& options, bool fast);

int db_compact(const DbOptions& options);
int db_backup(const DbOptions& options, const std::filesystem::path& directory);
int db_restore(const DbOptions& options, const std::filesystem::path& backup);

// As a bundle (ANS-104). `process` is its id, or empty for everything.
int db_export(const DbOptions& options, const std::string& process,
              const std::filesystem::path& file);

// Takes over assignments that this node has signed, or that `schedulers` name; anyone's when
// `is_foreign_allowed`.
int db_import(const DbOptions& options, const std::filesystem::path& file, bool is_foreign_allowed);

}  // namespace ao::app
