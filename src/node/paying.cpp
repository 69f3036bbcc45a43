// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "paying.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>

#include "ao/base/log.hpp"
#include "on_strand.hpp"

namespace ao::node {

using payment::Charge;

namespace {

constexpr std::chrono::milliseconds kRetryPause{10};  // when the store has no room for a write

}  // namespace

class Paying::HeldHere final : public api::Held {
 public:
  HeldHere(Paying& paying, Charge charge) : paying_(paying), charge_(std::move(charge)) {}
  ~HeldHere() override {
    if (!is_over_) paying_.let_go(charge_, is_taken_);
  }

  const Charge& charge() const override { return charge_; }
  bool is_taken() const override { return is_taken_; }

  Task<Result<>> take() override {
    std::function<Task<Result<>>()> work = [this] { return paying_.take(charge_); };
    auto taken = co_await on<void>(paying_.strand_, std::move(work));
    is_taken_ = taken.has_value();
    co_return taken;
  }

  Task<Result<>> give_back() override {
    is_over_ = true;
    std::function<Task<Result<>>()> work = [this] { return paying_.give_back(charge_); };
    auto given = co_await on<void>(paying_.strand_, std::move(work));
    co_return given;
  }

  void keep() override {
    is_over_ = true;
    paying_.let_go(charge_, false);
  }

 private:
  Paying& paying_;
  const Charge charge_;
  bool is_taken_ = false;
  bool is_over_ = false;
};

Paying::Paying(std::size_t history_max, store::Store& store, const Clock& clock, async::Pool& cpu)
    : store_(store),
      clock_(clock),
      strand_(boost::asio::make_strand(cpu.executor())),
      ledger_(store, history_max) {}

void Paying::stop() {
  group_.join();
}

Task<Result<std::unique_ptr<api::Held>>> Paying::hold(Charge charge) {
  std::function<Task<Result<>>()> work = [this, &charge]() -> Task<Result<>> {
    co_return ledger_.reserve(charge);
  };
  const auto reserved = co_await on<void>(strand_, std::move(work));
  if (!reserved) co_return std::unexpected(reserved.error());
  std::unique_ptr<api::Held> held = std::make_unique<HeldHere>(*this, std::move(charge));
  co_return held;
}

Task<Result<bool>> Paying::top_up(payment::TopUp top_up) {
  std::function<Task<Result<bool>>()> work = [this, &top_up] { return add(top_up); };
  auto added = co_await on<bool>(strand_, std::move(work));
  co_return added;
}

Task<Result<std::uint64_t>> Paying::balance(Address account) {
  co_return ledger_.balance(account);
}

Task<Result<>> Paying::take(Charge charge) {
  ledger_.take(charge, clock_.now(), round()->batch);
  auto written = co_await write(charge.account);
  co_return written;
}

Task<Result<>> Paying::give_back(Charge charge) {
  ledger_.give_back(charge, clock_.now(), round()->batch);
  auto written = co_await write(charge.account);
  ledger_.close(charge);
  co_return written;
}

Task<Result<bool>> Paying::add(payment::TopUp top_up) {
  AO_CO_TRY(is_new, ledger_.top_up(top_up, clock_.now(), round()->batch));
  if (!is_new) co_return false;
  const auto written = co_await write(top_up.account);
  ledger_.close(top_up);
  if (!written) co_return std::unexpected(written.error());
  co_return true;
}

std::shared_ptr<Paying::Round> Paying::round() {
  if (!next_) {
    next_ = std::make_shared<Round>(strand_);
    next_->done.expires_at(boost::asio::steady_timer::time_point::max());
  }
  return next_;
}

Task<Result<>> Paying::write(Address account) {
  const auto mine = round();
  mine->accounts.push_back(account);
  if (!is_writing_) {
    is_writing_ = true;
    group_.spawn(strand_, write_rounds());
  }
  if (!mine->result)
    co_await mine->done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  co_return *mine->result;
}

Task<> Paying::write_rounds() {
  while (next_ && !next_->accounts.empty()) {
    const auto writing = std::exchange(next_, nullptr);
    Result<> written;
    while (true) {
      store::Batch copy = writing->batch;
      written = co_await store_.commit(std::move(copy));
      if (written || written.error().kind != ErrorKind::kBusy) break;
      boost::asio::steady_timer pause(strand_, kRetryPause);
      co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (!written) log::error("payments are not written", {{"reason", written.error().text}});
    for (const Address& account : writing->accounts)
      ledger_.written(account);
    writing->result = std::move(written);
    writing->done.cancel();
  }
  is_writing_ = false;
}

void Paying::let_go(const Charge& charge, bool is_taken) {
  auto work = [](Paying& paying, Charge gone, bool taken) -> Task<> {
    try {
      if (taken) co_await paying.give_back(gone);
      if (!taken) paying.ledger_.close(gone);
    } catch (const store::Unreadable& error) {
      log::error("a payment is not given back", {{"reason", error.what()}});
    }
  };
  group_.spawn(strand_, work(*this, charge, is_taken));
}

}  // namespace ao::node
