// A store with many processes, filled below admission: signing and verifying ten million messages
// would take hours.
//
// Real: the assignments, which are chained and signed with the node's key, as if made elsewhere and
// adopted; every record, by the functions that the node writes it with; the writes, which are the
// node's: an append to the log of the shard with heads and marks beside it, then a commit of the
// outcomes that takes the marks away.
//
// Not real: the messages' signatures are arbitrary bytes of the right size, so `db verify` must be
// told not to look (--fast); each outcome says the same, and no handler made it; nothing was sent
// or is shown; a process has all its messages at once, and processes come in the order of their
// ids. That order spares RocksDB most of its compactions: the tables are what long compaction would
// have made of any order.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/key.hpp"
#include "ao/store/store.hpp"

namespace ao::bench {

constexpr std::size_t kMessagesEach = 10;  // of a process, beside its spawn

// Fills an empty store, on all cores. Throws std::runtime_error when the store refuses.
void fill_store(store::Store& store, const crypto::Key& node_key, std::size_t processes);

// Writes outcomes of the same kind for what waits for one. Returns how many.
std::size_t evaluate_waiting(store::Store& store);

}  // namespace ao::bench
