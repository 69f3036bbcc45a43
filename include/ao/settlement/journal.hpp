// What of the schedules is on its way to Arweave, durably.
//
// The queue is the log itself: a cursor for each shard says up to where it is in bundles, so that
// scheduling a message writes nothing more. Beside the cursors are the bundles that were made:
//
//   z               → number:u64        the next bundle's
//   z shard         → sequence:u64      entries of the shard's log before it are in bundles
//   g number        → a bundle (ao/settlement/record.hpp), CBOR
//   y number        → (empty)           it is not confirmed yet
//   o process slot  → number            the bundle that has the slots of the process up to this
//   one,
//                                       from where the bundle before ends; of an item that is not
//                                       scheduled: its id, and the largest slot there is
//   o               → bundles:u64 kept:u64   how far pruning went
//   $ time id       → reward:u64        a transaction that was signed within the last day or so
//   j item          → (empty)           an item that is not scheduled, and is in no bundle yet
//
// Owned by `node`; any thread. Reads may wait for the disk, and throw store::Unreadable.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>

#include "ao/base/finding.hpp"
#include "ao/settlement/purse.hpp"
#include "ao/settlement/record.hpp"
#include "ao/store/store.hpp"

namespace ao::settlement {

// The last slot that a bundle has, of each process that it has anything of.
using Places = std::map<ProcessId, Slot>;

struct Pruned {
  std::uint64_t bundles = 0;   // whose processes keep no more outcomes than that
  std::uint64_t kept_max = 0;  // of each process, the newest
};

class Journal {
 public:
  explicit Journal(const store::Store& store) : store_(store) {}

  // Nullopt where nothing was ever bundled.
  std::optional<std::uint64_t> next_number() const;
  std::uint64_t cursor(store::Shard shard) const;  // 0 when nothing of it is in bundles

  // Errors: kNotFound "bundle-unknown"; "settlement-damaged".
  Result<Record> bundle(std::uint64_t number) const;

  // In their order. Reads those alone, however many were confirmed before.
  std::vector<std::uint64_t> unconfirmed() const;

  // Items that wait, up to so many.
  std::vector<MessageId> waiting_items(std::size_t most) const;

  // The bundle that has a slot, or an item; nullopt while it is in none.
  std::optional<std::uint64_t> bundle_of(const ProcessId& process, Slot slot) const;
  std::optional<std::uint64_t> bundle_of(const MessageId& item) const;

  // Slots of the process before this one are confirmed: what pruning may remove. `unconfirmed` is
  // the least number of a bundle that is not, or the next one's; `from` a slot before which they
  // are.
  Slot confirmed(const ProcessId& process, std::uint64_t unconfirmed, Slot from = {}) const;
  // The same for whoever does not know that number.
  Slot confirmed(const ProcessId& process) const;

  // How far pruning went.
  Pruned pruned() const;
  static void note_pruned(const Pruned& pruned, store::Batch& batch);

  // A new bundle, with which the cursors move behind its spans, and its items wait no more.
  static void add(const Record& record, const Places& places, store::Batch& batch);
  // What became of it.
  static void update(const Record& record, store::Batch& batch);
  // Made anew from the same spans: another id, if the key is another.
  static void replace(const Record& record, store::Batch& batch);

  static void mark_item(const MessageId& item, store::Batch& batch);

  // What was signed to be paid, since a time.
  std::vector<Payment> payments(Timestamp since) const;
  static void pay(const Payment& payment, store::Batch& batch);
  static void take_back(const Payment& payment, store::Batch& batch);

  // That bundles can be read, lie within the logs, and are marked as long as they must be.
  void audit(Findings& findings) const;

 private:
  const store::Store& store_;
};

}  // namespace ao::settlement
