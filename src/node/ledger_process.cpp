// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ledger_process.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <functional>

#include "ao/base/log.hpp"
#include "on_strand.hpp"

namespace ao::node {

using message::Outcome;
using message::Value;
using payment::Charge;

namespace {

constexpr std::uint64_t kRoundsMax = 16;  // of one reference, charged and returned or refused
constexpr std::chrono::milliseconds kLookAgain{10};
constexpr std::chrono::milliseconds kReturnPause{500};

std::unexpected<Error> absent(const ProcessId& ledger, std::string_view why) {
  return fail(ErrorKind::kUnavailable, "ledger-absent",
              fmt::format("accounts are kept by process {}, {}", ledger.text(), why));
}

std::unexpected<Error> slow(const ProcessId& ledger, const Error& error) {
  return fail(ErrorKind::kUnavailable, "ledger-slow",
              fmt::format("accounts are kept by process {}, which does not answer in time: {}",
                          ledger.text(), error.text));
}

std::unexpected<Error> malformed(const ProcessId& ledger, std::string_view why) {
  return fail(ErrorKind::kUnavailable, "ledger-unreadable",
              fmt::format("accounts are kept by process {}, {}", ledger.text(), why));
}

// More than a balance can be is as good as that.
std::optional<std::uint64_t> quantity_in(const Value& value) {
  if (const std::int64_t* integer = value.integer())
    return *integer >= 0 ? std::optional(static_cast<std::uint64_t>(*integer)) : std::nullopt;
  if (value.bytes() == nullptr || value.bytes()->empty()) return std::nullopt;
  const BytesView text = *value.bytes();
  if (text.find_first_not_of("0123456789") != text.npos) return std::nullopt;
  std::uint64_t quantity = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantity);
  if (error != std::errc()) return payment::kBalanceMax;
  return std::min(quantity, payment::kBalanceMax);
}

const message::Outgoing* said(const Outcome& outcome, std::string_view action) {
  for (const message::Outgoing& one : outcome.outgoing) {
    const Bytes* found = message::find_tag(one.tags, "Action");
    if (found != nullptr && *found == action) return &one;
  }
  return nullptr;
}

bool is_done(const Outcome& outcome, message::LedgerOrder::Kind kind) {
  const bool is_charge = kind == message::LedgerOrder::Kind::kCharge;
  return outcome.error.empty() && said(outcome, is_charge ? "Charge-Notice" : "Return-Notice");
}

Error refused(const Charge& charge, const Outcome& outcome) {
  std::string why = outcome.error;
  if (const auto* answer = said(outcome, "Charge-Error"))
    if (const Bytes* text = message::find_tag(answer->tags, "Error")) why = *text;
  if (why.empty()) why = "it sent no Charge-Notice";
  return {ErrorKind::kDenied, "charge-refused",
          fmt::format("the ledger took no {} from account {}: {}", charge.quantity,
                      charge.account.text, why.substr(0, 500))};
}

}  // namespace

class LedgerProcess::HeldHere final : public api::Held {
 public:
  HeldHere(LedgerProcess& ledger, Charge charge, std::uint64_t round)
      : ledger_(ledger), charge_(std::move(charge)), round_(round) {}
  ~HeldHere() override {
    if (!is_over_) ledger_.let_go(charge_, round_, is_taken_);
  }

  const Charge& charge() const override { return charge_; }
  bool is_taken() const override { return is_taken_; }

  Task<Result<>> take() override {
    std::function<Task<Result<>>()> work = [this] { return ledger_.take(charge_, round_); };
    auto taken = co_await on<void>(ledger_.strand_, std::move(work));
    is_taken_ = taken.has_value();
    // What came of it, if anything may have, is seen to there.
    is_over_ = !is_taken_ && taken.error().code != "store-failed";
    co_return taken;
  }

  Task<Result<>> give_back() override {
    is_over_ = true;
    std::function<Task<Result<>>()> work = [this] { return ledger_.give_back(charge_, round_); };
    auto given = co_await on<void>(ledger_.strand_, std::move(work));
    co_return given;
  }

  void keep() override {
    is_over_ = true;
    ledger_.let_go(charge_, round_, false);
  }

 private:
  LedgerProcess& ledger_;
  const Charge charge_;
  const std::uint64_t round_;
  bool is_taken_ = false;
  bool is_over_ = false;
};

LedgerProcess::LedgerProcess(ProcessId ledger, std::chrono::milliseconds patience,
                             Pipeline& pipeline, store::Store& store, const crypto::Key& key,
                             async::Pool& verify, async::Pool& cpu)
    : ledger_(ledger),
      patience_(patience),
      pipeline_(pipeline),
      key_(key),
      operator_(key.address()),
      visible_(store),
      verify_(verify),
      strand_(boost::asio::make_strand(cpu.executor())) {}

void LedgerProcess::stop() {
  is_stopping_ = true;
  group_.join();
}

Task<Result<std::unique_ptr<api::Held>>> LedgerProcess::hold(Charge charge) {
  std::function<Task<Result<std::uint64_t>>()> work = [this, &charge] { return reserve(charge); };
  const auto round = co_await on<std::uint64_t>(strand_, std::move(work));
  if (!round) co_return std::unexpected(round.error());
  std::unique_ptr<api::Held> held = std::make_unique<HeldHere>(*this, std::move(charge), *round);
  co_return held;
}

Task<Result<bool>> LedgerProcess::top_up(payment::TopUp) {
  co_return fail(ErrorKind::kInvalid, "ledger-elsewhere",
                 fmt::format("accounts are kept by process {}: what is to be added is sent there",
                             ledger_.text()));
}

Task<Result<std::uint64_t>> LedgerProcess::balance(Address account) {
  std::function<Task<Result<std::uint64_t>>()> work = [this,
                                                       &account]() -> Task<Result<std::uint64_t>> {
    const Moment until = deadline();
    AO_CO_TRY(shown, co_await look(account, until));
    co_return shown.balance;
  };
  auto found = co_await on<std::uint64_t>(strand_, std::move(work));
  co_return found;
}

// Charges of the same account that are on their way are waited for before it is called too low:
// their slot may be evaluated already, and then what is shown is without them.
Task<Result<std::uint64_t>> LedgerProcess::reserve(Charge charge) {
  const Moment until = deadline();
  while (true) {
    AO_CO_TRY(round, co_await next_round(charge, until));
    AO_CO_TRY(shown, co_await look(charge.account, until));
    const Order order{Order::Kind::kCharge, charge.account, charge.reference, round};
    // Another request with the same was quicker, and is over.
    if (!tab_.has(charge) && pipeline_.log().slot_of_twin(order.twin(), ledger_)) continue;
    const auto held = tab_.hold(charge, shown.balance, shown.evaluated);
    if (held) co_return round;
    const bool may_change =
        held.error().code == "account-low" && tab_.is_settling(charge.account) && !is_stopping_;
    if (!may_change || std::chrono::steady_clock::now() >= until)
      co_return std::unexpected(held.error());
    co_await pause(kLookAgain);
  }
}

// The first round in which the reference has not paid. Nothing is under way for it: who holds it
// is on the tab.
Task<Result<std::uint64_t>> LedgerProcess::next_round(Charge charge, Moment until) {
  const schedule::Log& log = pipeline_.log();
  Order order{Order::Kind::kCharge, charge.account, charge.reference, 0};
  for (; order.round < kRoundsMax && !tab_.has(charge); ++order.round) {
    order.kind = Order::Kind::kCharge;
    const auto charged = log.slot_of_twin(order.twin(), ledger_);
    if (!charged) co_return order.round;
    AO_CO_TRY(taken, co_await outcome(*charged, until));
    if (!is_done(taken, Order::Kind::kCharge)) continue;
    order.kind = Order::Kind::kReturn;
    const auto returned = log.slot_of_twin(order.twin(), ledger_);
    if (!returned) break;
    AO_CO_TRY(given, co_await outcome(*returned, until));
    if (!is_done(given, Order::Kind::kReturn)) break;
  }
  if (tab_.has(charge)) co_return order.round;  // the tab says what is to be said
  co_return fail(ErrorKind::kConflict, "payment-used",
                 fmt::format("{} has paid for a request: sign each anew", charge.reference.text()));
}

Task<Result<LedgerProcess::Shown>> LedgerProcess::look(Address account, Moment until) {
  const auto count = pipeline_.log().count(ledger_);
  if (!count) co_return absent(ledger_, "which is not scheduled on this node");
  if (pipeline_.follows().contains(ledger_))
    co_return absent(ledger_, "which another node schedules: this one cannot charge there");
  const Slot last{*count - 1};
  if (pipeline_.records().evaluated(ledger_) <= last) {
    AO_CO_CHECK(co_await outcome(last, until));
  }
  co_return shown(account);
}

// Both at one moment: what was evaluated, and what is shown after it.
Result<LedgerProcess::Shown> LedgerProcess::shown(const Address& account) const {
  Shown found;
  found.evaluated = pipeline_.records().evaluated(ledger_);
  if (found.evaluated.number == 0) return absent(ledger_, "of which nothing was evaluated");
  const Slot last{found.evaluated.number - 1};
  for (const char* name : {"balance", "balances"}) {
    const auto leaf = visible_.read_after(ledger_, last, {name, account.text});
    if (!leaf) return malformed(ledger_, leaf.error().text);
    if (!*leaf) continue;
    const auto quantity = quantity_in(**leaf);
    if (!quantity)
      return malformed(ledger_, fmt::format("whose {}/{} is no quantity", name, account.text));
    found.balance = *quantity;
    break;
  }
  return found;
}

Task<Result<>> LedgerProcess::take(Charge charge, std::uint64_t round) {
  tab_.send(charge);
  const Order order{Order::Kind::kCharge, charge.account, charge.reference, round};
  const auto slot = co_await send(order, charge.quantity);
  if (!slot) {
    tab_.close(charge);
    co_return std::unexpected(slot.error());
  }
  tab_.place(charge, *slot);
  const Moment until = deadline();
  const auto done = co_await outcome(*slot, until);
  if (!done) {  // it may be charged when it is evaluated: the request is not served, so it is
                // undone
    group_.spawn(strand_, give_back_late(charge, round, *slot));
    co_return std::unexpected(done.error());
  }
  tab_.settle(charge);
  if (is_done(*done, Order::Kind::kCharge)) co_return Result<>();
  tab_.close(charge);
  co_return std::unexpected(refused(charge, *done));
}

Task<Result<>> LedgerProcess::give_back(Charge charge, std::uint64_t round) {
  const Order order{Order::Kind::kReturn, charge.account, charge.reference, round};
  const auto slot = co_await send(order, charge.quantity);
  tab_.close(charge);
  if (!slot) co_return std::unexpected(slot.error());
  const Moment until = deadline();
  const auto done = co_await outcome(*slot, until);
  if (done && !is_done(*done, Order::Kind::kReturn))
    log::error("the ledger does not return what it charged",
               {{"account", charge.account.text}, {"reference", charge.reference.text()}});
  co_return Result<>();
}

// A charge of which nobody knows yet what came of it. Its reference stays on the tab meanwhile.
Task<> LedgerProcess::give_back_late(Charge charge, std::uint64_t round, Slot charged) {
  try {
    while (!is_stopping_) {
      const Moment until = deadline();
      const auto done = co_await outcome(charged, until);
      if (!done) {
        co_await pause(kReturnPause);
        continue;
      }
      if (is_done(*done, Order::Kind::kCharge)) co_await give_back(charge, round);
      break;
    }
  } catch (const store::Unreadable& error) {
    log::error("a payment is not given back", {{"reason", error.what()}});
  }
  tab_.close(charge);
}

Task<Result<Slot>> LedgerProcess::send(Order order, std::uint64_t quantity) {
  auto work = [this, order = std::move(order), quantity] {
    return message::OwnItem::sign(order.draft(ledger_, quantity, operator_), key_);
  };
  auto item = co_await async::run_on(verify_.executor(), std::move(work));
  const auto placement = co_await pipeline_.submit_own(std::move(item));
  if (!placement) co_return std::unexpected(placement.error());
  co_return placement->slot;
}

Task<Result<Outcome>> LedgerProcess::outcome(Slot slot, Moment until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  const auto patience = std::max(left, std::chrono::milliseconds(1));
  auto found = co_await pipeline_.compute().outcome(ledger_, slot, patience);
  if (!found) co_return slow(ledger_, found.error());
  co_return std::move(*found);
}

Task<> LedgerProcess::pause(std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(strand_, time);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void LedgerProcess::let_go(const Charge& charge, std::uint64_t round, bool is_taken) {
  auto work = [](LedgerProcess& ledger, Charge gone, std::uint64_t of_round,
                 bool was_taken) -> Task<> {
    try {
      if (was_taken) co_await ledger.give_back(gone, of_round);
      if (!was_taken) ledger.tab_.close(gone);
    } catch (const store::Unreadable& error) {
      log::error("a payment is not given back", {{"reason", error.what()}});
    }
  };
  group_.spawn(strand_, work(*this, charge, round, is_taken));
}

}  // namespace ao::node
