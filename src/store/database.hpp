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

#include "ao/store/store.hpp"

namespace ao::store {

// Written when a store is created and never changed; hidden from readers of the store.
constexpr std::string_view kStampKey =
    "\xff\xff"
    "aonode";
constexpr std::string_view kStamp = "aonode store 1";

struct Database {
  std::unique_ptr<rocksdb::Env> env;  // null on the machine's own file system
  std::unique_ptr<rocksdb::DB> db;    // closed before its env
};

// Throws std::runtime_error as Store::open does.
Database open_database(const Settings& settings, std::shared_ptr<rocksdb::FileSystem> disk);

// Store::open on another file system than the machine's: the seam for tests that make it fail.
std::unique_ptr<Store> open_on(const Settings& settings, std::shared_ptr<rocksdb::FileSystem> disk);

}  // namespace ao::store
