// Money arrow, when a process keeps the accounts: a request's price ─▶ set aside in memory ─▶ a
// message to the process, once ─▶ what it said.
//
// Whatever the process was sent is evaluated before its balances are looked at, and what other
// requests hold counts against them. A request is served when the process has said that it took the
// price; so nothing that happens to the account meanwhile makes it free. The message that charges,
// and the one that returns, are scheduled once, whenever the node stops (message/ledger_order.hpp):
// the ledger's own schedule says what was paid. On one strand of the cpu pool; functions for any
// thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>

#include "ao/api/payments.hpp"
#include "ao/message/ledger_order.hpp"
#include "ao/payment/tab.hpp"
#include "ao/process/visible_state.hpp"
#include "pipeline.hpp"

namespace ao::node {

class LedgerProcess final : public api::Payments {
 public:
  // `patience` is for the process to be evaluated.
  LedgerProcess(ProcessId ledger, std::chrono::milliseconds patience, Pipeline& pipeline,
                store::Store& store, const crypto::Key& key, async::Pool& verify, async::Pool& cpu);
  ~LedgerProcess() override { stop(); }

  void stop();  // nobody holds anything by then; what is to be returned has its slot

  Task<Result<std::unique_ptr<api::Held>>> hold(payment::Charge charge) override;
  Task<Result<bool>> top_up(payment::TopUp top_up) override;
  Task<Result<std::uint64_t>> balance(Address account) override;
  std::vector<payment::Entry> history(const Address&, std::size_t) const override { return {}; }

 private:
  using Moment = std::chrono::steady_clock::time_point;
  using Order = message::LedgerOrder;
  class HeldHere;

  struct Shown {
    std::uint64_t balance = 0;
    Slot evaluated;  // before this slot
  };

  // On the strand.
  Task<Result<std::uint64_t>> reserve(payment::Charge charge);  // the round
  Task<Result<std::uint64_t>> next_round(payment::Charge charge, Moment until);
  Task<Result<Shown>> look(Address account, Moment until);
  Result<Shown> shown(const Address& account) const;
  Task<Result<>> take(payment::Charge charge, std::uint64_t round);
  Task<Result<>> give_back(payment::Charge charge, std::uint64_t round);
  Task<> give_back_late(payment::Charge charge, std::uint64_t round, Slot charged);
  Task<Result<Slot>> send(Order order, std::uint64_t quantity);
  Task<Result<message::Outcome>> outcome(Slot slot, Moment until);
  Task<> pause(std::chrono::milliseconds time);

  void let_go(const payment::Charge& charge, std::uint64_t round, bool is_taken);  // any thread
  Moment deadline() const { return std::chrono::steady_clock::now() + patience_; }

  const ProcessId ledger_;
  const std::chrono::milliseconds patience_;
  Pipeline& pipeline_;
  const crypto::Key& key_;
  const Address operator_;
  const process::VisibleState visible_;
  async::Pool& verify_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  payment::Tab tab_;
  std::atomic<bool> is_stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
