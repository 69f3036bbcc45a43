// What a power cut leaves of the last write, told from damage.
//
// RocksDB tolerates a log that ends in the middle of a record, but refuses one whose last page is
// on disk in part: zeros or garbage where a kernel had made the file longer before its bytes were
// written. Every write of this store is synced before the next begins. So a record that does not
// hold and that no other follows was acknowledged to nobody and is cut off; one that others follow
// is damage. So is a log that does not go on where the tables and the logs before it end.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "files.hpp"

namespace ao::store {

// Of the write-ahead logs and the manifest of the RocksDB database in `directory`, which nobody has
// open. Throws std::runtime_error naming the file when it is damaged; then nothing is changed.
void cut_torn_tails(const Files& files, const std::filesystem::path& directory);

}  // namespace ao::store
