// Opening RocksDB so that nothing acknowledged can go missing unnoticed.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>

#include "anchor.hpp"
#include "files.hpp"

namespace ao::store {

// Written when a store is created; hidden from readers of the store. Its value says what the format
// is and which store this is: "aonode store 2 <32 hex digits>".
constexpr std::string_view kStampKey =
    "\xff\xff"
    "aonode";
constexpr std::string_view kFormat = "aonode store 2 ";

struct Database {
  Files files;
  std::string id;                     // 32 hex digits
  std::unique_ptr<rocksdb::Env> env;  // null on the machine's own file system
  std::unique_ptr<rocksdb::DB> db;    // closed before its env
};

// Throws std::runtime_error as Store::open does.
Database open_database(const Settings& settings, std::shared_ptr<rocksdb::FileSystem> disk);

// Throws when the store has less than its anchor says it had.
void check_anchor(const Settings& settings, const Database& database, const ShardHeads& heads);

// Store::open on another file system than the machine's: the seam for tests that make it fail.
std::unique_ptr<Store> open_on(const Settings& settings, std::shared_ptr<rocksdb::FileSystem> disk);

}  // namespace ao::store
