// Money arrow: a request's price ─▶ set aside ─▶ taken, in one write with the record of it.
//
// The ledger decides on one strand of the cpu pool. What it decides while a write is on its way
// goes into the next one: there is never more than one, so that balances reach the disk in the
// order in which they were decided, and a write that the store had no room for is tried again.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include "ao/api/payments.hpp"
#include "ao/async/pool.hpp"
#include "ao/async/task_group.hpp"

namespace ao::node {

class Paying final : public api::Payments {
 public:
  Paying(std::size_t history_max, store::Store& store, const Clock& clock, async::Pool& cpu);
  ~Paying() override { stop(); }

  void stop();  // nobody holds anything by then; returns when what was given back is written

  Task<Result<std::unique_ptr<api::Held>>> hold(payment::Charge charge) override;
  Task<Result<bool>> top_up(payment::TopUp top_up) override;
  Task<Result<std::uint64_t>> balance(Address account) override;
  std::vector<payment::Entry> history(const Address& account, std::size_t most) const override {
    return ledger_.history(account, most);
  }

 private:
  class HeldHere;
  // What is written together, and who waits for it.
  struct Round {
    explicit Round(const boost::asio::any_io_executor& executor) : done(executor) {}

    store::Batch batch;
    std::vector<Address> accounts;  // one for each change
    boost::asio::steady_timer done;
    std::optional<Result<>> result;
  };

  // On the strand.
  Task<Result<>> take(payment::Charge charge);
  Task<Result<>> give_back(payment::Charge charge);
  Task<Result<bool>> add(payment::TopUp top_up);
  Task<Result<>> write(Address account);
  Task<> write_rounds();
  std::shared_ptr<Round> round();

  void let_go(const payment::Charge& charge, bool is_taken);  // any thread

  store::Store& store_;
  const Clock& clock_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  payment::Ledger ledger_;
  std::shared_ptr<Round> next_;
  bool is_writing_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
