// What requests that are under way may spend of accounts that a process keeps.
//
// The process shows balances as they are after its evaluated slots. A charge that is held, or whose
// slot is not among them, is not in the balance yet and counts against it. Decides, and knows
// neither clock nor threads. Owned by `node`, and used on one strand.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <unordered_map>

#include "ao/payment/ledger.hpp"

namespace ao::payment {

class Tab {
 public:
  // `balance` is that of the account before slot `evaluated`. Errors: kDenied "account-low"; kBusy
  // "payment-pending" while the same reference pays.
  Result<> hold(const Charge& charge, std::uint64_t balance, Slot evaluated);

  bool has(const Charge& charge) const;

  // The charge is on its way to a slot; it has one; the balance shows what came of it.
  void send(const Charge& charge);
  void place(const Charge& charge, Slot slot);
  void settle(const Charge& charge);

  // The end of what `hold` began.
  void close(const Charge& charge);

  // Whether charges of the account are between `send` and `settle`: what it has will be known soon.
  bool is_settling(const Address& account) const;

  std::size_t accounts() const { return accounts_.size(); }

 private:
  struct Open {
    std::uint64_t quantity = 0;
    bool is_sent = false;
    std::optional<Slot> slot;
  };
  using Opens = std::unordered_map<MessageId, Open>;

  std::map<Address, Opens> accounts_;  // those with something open
};

}  // namespace ao::payment
