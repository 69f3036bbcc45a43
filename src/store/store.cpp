// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/store/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "committer.hpp"
#include "database.hpp"

namespace ao::store {
namespace {

namespace asio = boost::asio;

// The least key above every key that starts with `prefix`; empty when there is none.
Bytes end_of(BytesView prefix) {
  const auto last = prefix.find_last_not_of('\xff');
  if (last == BytesView::npos) return {};
  Bytes end(prefix.substr(0, last + 1));
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

class RocksStore final : public Store {
 public:
  RocksStore(const Settings& settings, Database database)
      : directory_(settings.directory),
        database_(std::move(database)),
        committer_(settings, *database_.db) {}

  Task<Result<>> commit(Batch batch) override;
  std::optional<Bytes> get(BytesView key) const override;
  void scan(BytesView prefix, BytesView from, const Visit& visit) const override;
  std::string failure() const override { return committer_.failure(); }
  Counters counters() const override { return committer_.counters(); }

 private:
  [[noreturn]] void unreadable(const rocksdb::Status& status) const;

  const std::filesystem::path directory_;
  const Database database_;
  mutable Committer committer_;  // a read may find that the disk has failed
};

Task<Result<>> RocksStore::commit(Batch batch) {
  auto start = [this](auto handler, Batch taken) {
    auto home = asio::get_associated_executor(handler);
    auto guard = asio::make_work_guard(home);
    committer_.take(std::move(taken), [handler = std::move(handler), home,
                                       guard = std::move(guard)](Result<> result) mutable {
      asio::post(home, [handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::move(result));
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<>)>(
      std::move(start), asio::use_awaitable, std::move(batch));
}

std::optional<Bytes> RocksStore::get(BytesView key) const {
  if (key == kStampKey) return std::nullopt;
  Bytes value;
  const auto status = database_.db->Get({}, key, &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) unreadable(status);
  return value;
}

void RocksStore::scan(BytesView prefix, BytesView from, const Visit& visit) const {
  const Bytes end = end_of(prefix);
  const rocksdb::Slice end_slice(end);
  rocksdb::ReadOptions options;
  if (!end.empty()) options.iterate_upper_bound = &end_slice;
  const std::unique_ptr<rocksdb::Iterator> at(database_.db->NewIterator(options));
  for (at->Seek(std::max(prefix, from)); at->Valid(); at->Next()) {
    const BytesView key = at->key().ToStringView();
    if (!key.starts_with(prefix)) break;  // a prefix of 0xff bytes has no key above it
    if (key == kStampKey) continue;
    if (!visit(key, at->value().ToStringView())) return;
  }
  if (!at->status().ok()) unreadable(at->status());
}

// What cannot be read must not pass for absent: a slot might be given twice.
void RocksStore::unreadable(const rocksdb::Status& status) const {
  const std::string reason =
      fmt::format("store {}: cannot be read: {}", directory_.string(), status.ToString());
  committer_.fail_for_good(reason);
  throw std::runtime_error(reason);
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
