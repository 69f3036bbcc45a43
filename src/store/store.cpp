// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/store/store.hpp"

#include <fmt/format.h>
#include <rocksdb/perf_level.h>

#include <algorithm>

#include "awaited.hpp"
#include "checksum.hpp"
#include "database.hpp"
#include "keeper.hpp"

namespace ao::store {
namespace {

// The least key above every key that starts with `prefix`; empty when there is none.
Bytes end_of(BytesView prefix) {
  const auto last = prefix.find_last_not_of('\xff');
  if (last == BytesView::npos) return {};
  Bytes end(prefix.substr(0, last + 1));
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

// RocksDB counts what a thread asks of it, at a tenth of what a read costs; nobody reads those
// counts.
void count_nothing() {
  static thread_local const bool done = [] {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    return true;
  }();
  static_cast<void>(done);
}

class RocksStore final : public Store {
 public:
  RocksStore(const Settings& settings, Database database)
      : directory_(settings.directory),
        database_(std::move(database)),
        committer_(settings, *database_.db),
        logs_(*this, committer_, database_.id) {
    check_anchor(settings, database_, logs_.durable());
    keeper_.emplace(settings, database_.files, database_.id, logs_, committer_);
  }
  ~RocksStore() override { committer_.stop(); }

  Task<Result<>> commit(Batch batch) override;
  std::optional<Bytes> get(BytesView key) const override;
  bool may_have(BytesView key) const override;
  void scan(BytesView prefix, BytesView from, const Visit& visit) const override;
  ShardLogs& logs() override { return logs_; }
  const ShardLogs& logs() const override { return logs_; }
  std::string failure() const override { return committer_.failure(); }
  std::string shortage() const override { return keeper_->shortage(); }
  Counters counters() const override { return committer_.counters(); }
  std::uint64_t bytes_under(BytesView prefix) const override;

 private:
  [[noreturn]] void altered(BytesView key) const;
  [[noreturn]] void unreadable(std::string_view what) const;

  const std::filesystem::path directory_;
  const Database database_;
  mutable Committer committer_;  // a read may find that the disk has failed
  EmbeddedLogs logs_;
  std::optional<Keeper> keeper_;  // last: it writes a last anchor when everything is on disk
};

Task<Result<>> RocksStore::commit(Batch batch) {
  auto begin = [this, taken = std::move(batch)](Committer::Done done) mutable {
    if (auto refused = committer_.take(std::move(taken), done); !refused) done(std::move(refused));
  };
  auto committed = co_await awaited(std::move(begin));
  co_return committed;
}

std::optional<Bytes> RocksStore::get(BytesView key) const {
  if (key == kStampKey) return std::nullopt;
  count_nothing();
  rocksdb::PinnableSlice stored;
  const auto status = database_.db->Get({}, database_.db->DefaultColumnFamily(), key, &stored);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) unreadable(status.ToString());
  const auto value = checked_value(key, stored.ToStringView());
  if (!value) altered(key);
  return Bytes(*value);
}

bool RocksStore::may_have(BytesView key) const {
  std::string unused;
  return database_.db->KeyMayExist({}, database_.db->DefaultColumnFamily(), key, &unused);
}

void RocksStore::scan(BytesView prefix, BytesView from, const Visit& visit) const {
  count_nothing();
  const Bytes end = end_of(prefix);
  const rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &end_slice;
  const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator(options));
  for (at->Seek(std::max(prefix, from)); at->Valid(); at->Next()) {
    const BytesView key = at->key().ToStringView();
    if (!key.starts_with(prefix)) break;  // a prefix of 0xff bytes has no key above it
    if (key == kStampKey) continue;
    const auto value = checked_value(key, at->value().ToStringView());
    if (!value) altered(key);
    if (!visit(key, *value)) return;
  }
  if (!at->status().ok()) unreadable(at->status().ToString());
}

std::uint64_t RocksStore::bytes_under(BytesView prefix) const {
  const Bytes end = end_of(prefix);
  const rocksdb::Range range(prefix, end);
  std::uint64_t bytes = 0;
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  const auto status = database_.db->GetApproximateSizes(
      options, database_.db->DefaultColumnFamily(), &range, 1, &bytes);
  return status.ok() ? bytes : 0;
}

void RocksStore::altered(BytesView key) const {
  unreadable(fmt::format("the record {} {} is not what was written there", key.substr(0, 1),
                         hex(key.substr(1))));
}

// What cannot be read must not pass for absent: a slot might be given twice.
void RocksStore::unreadable(std::string_view what) const {
  const std::string reason = fmt::format("store {}: cannot be read: {}", directory_.string(), what);
  committer_.fail_for_good(reason);
  throw Unreadable(reason);
}

}  // namespace

std::unique_ptr<Store> open_on(const Settings& settings,
                               std::shared_ptr<rocksdb::FileSystem> disk) {
  return std::make_unique<RocksStore>(settings, open_database(settings, std::move(disk)));
}

std::unique_ptr<Store> Store::open(const Settings& settings) {
  return open_on(settings, nullptr);
}

}  // namespace ao::store
