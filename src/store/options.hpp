// How RocksDB is set up, and why.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/options.h>

#include "ao/store/store.hpp"

namespace ao::store {

rocksdb::Options options_for(const Settings& settings);

}  // namespace ao::store
