// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/opened_store.hpp"

#include <fmt/format.h>

#include "store/database.hpp"

namespace ao::test {

store::Settings small_store() {
  store::Settings settings;
  settings.directory = "/store";
  settings.cache_bytes = 256 << 10;
  settings.memtable_bytes = 64 << 10;
  return settings;
}

OpenedStore::OpenedStore(std::shared_ptr<SimulatedDisk> disk, const MessagePool& pool,
                         Ledger& ledger, async::Pool& threads)
    : pool_(pool),
      ledger_(ledger),
      threads_(threads),
      store_(store::open_on(small_store(), std::move(disk))),
      schedule_(std::make_unique<schedule::Schedule>(schedule::Settings{}, *store_, pool.node_key(),
                                                     clock_, threads)) {}

void OpenedStore::serve(const Errands& clients, std::size_t together) {
  std::vector<std::future<void>> running;
  for (const auto& errands : clients)
    running.push_back(boost::asio::co_spawn(threads_.executor(), run_client(errands, together),
                                            boost::asio::use_future));
  for (auto& client : running) {
    try {
      client.get();
    } catch (const std::exception& error) {  // what cannot be read
      refused(error.what());
    }
  }
}

Task<> OpenedStore::run_client(std::vector<std::size_t> errands, std::size_t together) {
  for (std::size_t at = 0; at < errands.size(); at += together) {
    const auto begin = errands.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t count = std::min(together, errands.size() - at);
    std::vector<std::size_t> indices(begin, begin + static_cast<std::ptrdiff_t>(count));
    const std::size_t process = indices.front() % pool_.processes().size();
    const bool sent = co_await send(std::move(indices));
    if (!sent) co_return;
    const bool evaluated = co_await commit_outcomes(process);
    if (!evaluated) co_return;
  }
}

Task<bool> OpenedStore::send(std::vector<std::size_t> indices) {
  std::vector<message::Admitted> messages;
  for (const std::size_t index : indices) {
    ledger_.sending(index);
    messages.push_back(pool_[index]);
  }
  const auto placements = co_await schedule_->append(std::move(messages));
  bool all = true;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (placements[i]) {
      ledger_.promised(indices[i], *placements[i]);
    } else {
      all = refused(placements[i].error().text);
    }
  }
  co_return all;
}

Task<bool> OpenedStore::commit_outcomes(std::size_t number) {
  const auto slots = ledger_.begin_outcomes(number);
  if (!slots) co_return true;
  const ProcessId& process = pool_.processes()[number];
  store::Batch batch;
  for (std::uint64_t slot = slots->begin; slot < slots->end; ++slot) {
    schedule::Log::mark_evaluated(process, Slot{slot}, batch);
    batch.put(outcome_key(process, slot), outcome_value(process, slot));
  }
  batch.put(cursor_key(process), count_value(slots->end));
  batch.put(state_key(process), count_value(slots->end));
  const auto committed = co_await store_->commit(std::move(batch));
  ledger_.end_outcomes(number, *slots, committed.has_value());
  if (!committed) refused(committed.error().text);
  co_return committed.has_value();
}

bool OpenedStore::refused(std::string reason) {
  const std::lock_guard lock(mutex_);
  refusals_.push_back(std::move(reason));
  return false;
}

std::vector<std::string> OpenedStore::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

Bytes outcome_key(const ProcessId& process, std::uint64_t slot) {
  Bytes key = 'r' + Bytes(process.bytes());
  put_u64be(key, slot);
  return key;
}

Bytes outcome_value(const ProcessId& process, std::uint64_t slot) {
  return fmt::format("outcome of slot {} of {}", slot, process.text());
}

Bytes cursor_key(const ProcessId& process) {
  return 'c' + Bytes(process.bytes());
}

Bytes state_key(const ProcessId& process) {
  return 'v' + Bytes(process.bytes()) + "count" + '\0';
}

Bytes count_value(std::uint64_t count) {
  Bytes value;
  put_u64be(value, count);
  return value;
}

}  // namespace ao::test
