// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "migration.hpp"

#include <fmt/format.h>

#include <chrono>

#include "ao/base/log.hpp"
#include "keeper.hpp"
#include "shard_keys.hpp"

namespace ao::store {
namespace {

// Until it is done: the store's id and the last key that was rewritten, in the batch that did.
constexpr std::string_view kProgressKey =
    "\xff\xff"
    "aonode migration";
constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kBatchBytes = 1 << 20;
constexpr std::chrono::seconds kReportInterval{10};

class FromFormat1 {
 public:
  FromFormat1(const Settings& settings, Database& database, std::string id)
      : settings_(settings), db_(*database.db), files_(database.files), id_(std::move(id)) {}

  std::string run() {
    resume();
    log::info(
        "the store is made into one of today's format",
        {{"store", settings_.directory.string()}, {"resumed", rewritten_until_.empty() ? 0 : 1}});
    const std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator({}));
    for (at->Seek(rewritten_until_); at->Valid(); at->Next()) {
      const BytesView key = at->key().ToStringView();
      if (key.starts_with("\xff\xff")) break;
      if (key <= rewritten_until_ || is_new(key)) continue;
      rewrite(key, at->value().ToStringView());
      if (batch_.GetDataSize() >= kBatchBytes) write_batch(Bytes(key));
    }
    check(at->status());
    finish();
    return id_;
  }

 private:
  // The tables that format 1 did not have, which are written on the way.
  static bool is_new(BytesView key) { return key.starts_with('l') || key.starts_with('s'); }

  void resume() {
    std::string progress;
    const auto status = db_.Get({}, kProgressKey, &progress);
    if (status.IsNotFound()) return;
    check(status);
    id_ = progress.substr(0, kIdBytes);
    rewritten_until_ = progress.substr(kIdBytes);
    for (std::size_t shard = 0; shard < kShards; ++shard) {
      const Bytes key = shard_key('s', {static_cast<std::uint8_t>(shard)});
      std::string stored;
      const auto found = db_.Get({}, key, &stored);
      if (found.IsNotFound()) continue;
      check(found);
      const auto value = checked_value(key, stored);
      const auto head = value ? head_in(*value) : std::nullopt;
      if (!head) refuse(fmt::format("the head of shard {} is damaged", shard));
      heads_[shard] = *head;
    }
  }

  void rewrite(BytesView key, BytesView value) {
    put(key, value);
    ++records_;
    if (!key.starts_with('a') || key.size() != 1 + ProcessId::kSize + 8) return;
    const auto process = *ProcessId::from_bytes(key.substr(1, ProcessId::kSize));
    const Slot slot{get_u64be(key.substr(1 + ProcessId::kSize))};
    const Shard shard = shard_with(id_, process);
    put(sequence_key(shard, heads_[shard.number].next++), place_value(process, slot));
  }

  void put(BytesView key, BytesView value) {
    const Checksum checksum = checksum_of(key, value);
    Bytes stored(value);
    stored.append(checksum.data(), checksum.size());
    check(batch_.Put(key, stored));
  }

  void write_batch(Bytes until) {
    for (std::size_t shard = 0; shard < kShards; ++shard)
      if (heads_[shard] != ShardHead{})
        put(shard_key('s', {static_cast<std::uint8_t>(shard)}), head_value(heads_[shard]));
    check(batch_.Put(kProgressKey, id_ + until));
    check(db_.Write({}, &batch_));
    batch_.Clear();
    rewritten_until_ = std::move(until);
    const auto now = std::chrono::steady_clock::now();
    if (now - reported_ < kReportInterval) return;
    reported_ = now;
    log::info("still at it", {{"records", records_}, {"table", rewritten_until_.substr(0, 1)}});
  }

  // The anchor before the stamp: a store with a stamp has one.
  void finish() {
    write_batch("\xff");
    check(db_.SyncWAL());
    forget_first_values();
    files_.replace(anchor_of(settings_), Anchor{id_, heads_}.text());
    rocksdb::WriteOptions synced;
    synced.sync = true;
    check(batch_.Delete(kProgressKey));
    check(batch_.Put(kStampKey, std::string(kFormat) + id_));
    check(db_.Write(synced, &batch_));
    check(db_.Flush({}));
    log::info("the store is of today's format", {{"records", records_}});
  }

  // What is taken back must have been put once (Batch::take_back), and here it was put twice.
  void forget_first_values() {
    for (const char table : {'b', 'q'}) {
      const Bytes first(1, table), end(1, static_cast<char>(table + 1));
      const rocksdb::Slice from(first), until(end);
      check(db_.CompactRange({}, &from, &until));
    }
  }

  [[noreturn]] void refuse(std::string_view what) const {
    throw std::runtime_error(fmt::format("store {}: cannot be made into one of today's format: {}",
                                         settings_.directory.string(), what));
  }
  void check(const rocksdb::Status& status) const {
    if (!status.ok()) refuse(status.ToString());
  }

  const Settings& settings_;
  rocksdb::DB& db_;
  const Files& files_;
  std::string id_;
  Bytes rewritten_until_;
  ShardHeads heads_;
  rocksdb::WriteBatch batch_;
  std::uint64_t records_ = 0;
  std::chrono::steady_clock::time_point reported_ = std::chrono::steady_clock::now();
};

}  // namespace

std::string migrate_from_1(const Settings& settings, Database& database, std::string id) {
  return FromFormat1(settings, database, std::move(id)).run();
}

}  // namespace ao::store
