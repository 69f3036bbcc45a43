// A real store and the schedule on it, on a simulated disk, and clients that use them at once.
//
// Opened, used and destroyed from one thread; the clients run on the pool that it is given.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/workbench.hpp"
#include "torture/disk/simulated_disk.hpp"
#include "torture/ledger.hpp"

namespace ao::test {

// "/store", of tables so small that a few dozen messages fill one.
store::Settings small_store();

class OpenedStore {
 public:
  // Throws what Store::open throws.
  OpenedStore(std::shared_ptr<SimulatedDisk> disk, const MessagePool& pool, Ledger& ledger,
              async::Pool& threads);

  // Each list of messages is one client's, sent one after the other, `together` at most as one
  // write; outcomes are committed between them. Returns when every client is done or was refused.
  using Errands = std::vector<std::vector<std::size_t>>;
  void serve(const Errands& clients, std::size_t together);

  store::Store& store() { return *store_; }
  const schedule::Log& log() const { return schedule_->log(); }
  std::vector<std::string> refusals() const;  // of the clients, in their order

 private:
  Task<> run_client(std::vector<std::size_t> errands, std::size_t together);
  Task<bool> send(std::vector<std::size_t> indices);
  Task<bool> commit_outcomes(std::size_t process);
  bool refused(std::string reason);  // false

  const MessagePool& pool_;
  Ledger& ledger_;
  async::Pool& threads_;
  FakeClock clock_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<schedule::Schedule> schedule_;
  mutable std::mutex mutex_;
  std::vector<std::string> refusals_;
};

// The records of an outcome, as few as show whether a write was whole.
Bytes outcome_key(const ProcessId& process, std::uint64_t slot);
Bytes outcome_value(const ProcessId& process, std::uint64_t slot);
Bytes cursor_key(const ProcessId& process);
Bytes state_key(const ProcessId& process);
Bytes count_value(std::uint64_t count);

}  // namespace ao::test
