// What the routes ask of the node about money: a part of its Backend.
//
// Every function may be called from any executor of the net pool, and never blocks it but for
// reads of the store.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ao/async/task.hpp"
#include "ao/payment/ledger.hpp"

namespace ao::api {

// The price of one request, set aside. Whoever lets go of it before `keep` has it given back: in
// memory at once, on disk soon.
class Held {
 public:
  virtual ~Held() = default;

  virtual const payment::Charge& charge() const = 0;
  virtual bool is_taken() const = 0;

  // From the account; durable when it returns. Errors: those of the store; of a process that is
  // the ledger kDenied "charge-refused", and as of Payments::hold.
  virtual Task<Result<>> take() = 0;

  // What was taken, to the account; durable when it returns. Errors: those of the store.
  virtual Task<Result<>> give_back() = 0;

  virtual void keep() = 0;  // what was taken stays taken
};

class Payments {
 public:
  virtual ~Payments() = default;

  // Errors: those of payment::Ledger::reserve; of a process that is the ledger kUnavailable
  // "ledger-absent", "ledger-unreadable", "ledger-slow".
  virtual Task<Result<std::unique_ptr<Held>>> hold(payment::Charge charge) = 0;

  // Durable when it returns; false when the same was added before. Errors: those of
  // payment::Ledger::top_up, and of the store; kInvalid "ledger-elsewhere" when a process is the
  // ledger.
  virtual Task<Result<bool>> top_up(payment::TopUp top_up) = 0;

  // What is durable; without what is set aside for requests that are being answered. Errors: those
  // of `hold` about the ledger.
  virtual Task<Result<std::uint64_t>> balance(Address account) = 0;
  virtual std::vector<payment::Entry> history(const Address& account, std::size_t most) const = 0;
};

}  // namespace ao::api
