// What may be paid for transactions: so much each, so much within a day, and what the wallet has.
//
// Counted is what was signed, from the moment it was, whether a block holds it yet or not. The
// journal keeps it (Payment). Decides; clock, network and disk are the caller's. One thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ao/base/clock.hpp"
#include "ao/base/ids.hpp"

namespace ao::settlement {

struct SpendLimits {         // winston
  std::uint64_t a_day = 0;   // of any 24 hours
  std::uint64_t of_one = 0;  // of one transaction; 0: no limit of its own
};

struct Payment {
  Timestamp made;
  MessageId transaction;
  std::uint64_t reward = 0;

  bool operator==(const Payment&) const = default;
};

class Purse {
 public:
  explicit Purse(const SpendLimits& limits) : limits_(limits) {}

  // `owed` is what the wallet's balance does not show yet. Errors, kind kBusy, with the amounts:
  // "price-limit", "spend-limit", "balance-low".
  Result<> may_pay(std::uint64_t price, std::uint64_t balance, std::uint64_t owed,
                   Timestamp now) const;

  void pay(const Payment& payment);
  void take_back(const Payment& payment);  // nobody has what it was for

  std::uint64_t spent(Timestamp now) const;  // within a day
  // Those that count no more; forgets them.
  std::vector<Payment> expired(Timestamp now);

  const SpendLimits& limits() const { return limits_; }

 private:
  SpendLimits limits_;
  std::map<std::pair<Timestamp, MessageId>, std::uint64_t> payments_;
};

// Before which payments count no more.
Timestamp a_day_before(Timestamp now);

// More than can be counted is the most.
std::uint64_t sum_of(std::uint64_t a, std::uint64_t b);

}  // namespace ao::settlement
