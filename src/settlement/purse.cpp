// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/purse.hpp"

#include <fmt/format.h>

#include <limits>

namespace ao::settlement {
namespace {

constexpr std::uint64_t kDay = 24 * 3'600'000ull;

}  // namespace

Timestamp a_day_before(Timestamp now) {
  return Timestamp{now.milliseconds > kDay ? now.milliseconds - kDay : 0};
}

std::uint64_t sum_of(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}

Result<> Purse::may_pay(std::uint64_t price, std::uint64_t balance, std::uint64_t owed,
                        Timestamp now) const {
  if (limits_.of_one > 0 && price > limits_.of_one)
    return fail(ErrorKind::kBusy, "price-limit",
                fmt::format("the transaction costs {} winston, over price_max_winston, {}", price,
                            limits_.of_one));
  const std::uint64_t spent_now = spent(now);
  if (sum_of(spent_now, price) > limits_.a_day)
    return fail(ErrorKind::kBusy, "spend-limit",
                fmt::format("the transaction costs {} winston, and {} were spent within a day: "
                            "together over spend_max_winston, {}",
                            price, spent_now, limits_.a_day));
  if (sum_of(owed, price) > balance)
    return fail(ErrorKind::kBusy, "balance-low",
                fmt::format("the transaction costs {} winston, and the wallet has {}, of which {} "
                            "are for others that are under way",
                            price, balance, owed));
  return {};
}

void Purse::pay(const Payment& payment) {
  payments_[{payment.made, payment.transaction}] = payment.reward;
}

void Purse::take_back(const Payment& payment) {
  payments_.erase({payment.made, payment.transaction});
}

// Those of the future too, as a clock that was set back has them.
std::uint64_t Purse::spent(Timestamp now) const {
  std::uint64_t sum = 0;
  for (auto at = payments_.lower_bound({a_day_before(now), MessageId()}); at != payments_.end();
       ++at)
    sum = sum_of(sum, at->second);
  return sum;
}

std::vector<Payment> Purse::expired(Timestamp now) {
  std::vector<Payment> old;
  const auto end = payments_.lower_bound({a_day_before(now), MessageId()});
  for (auto at = payments_.begin(); at != end; at = payments_.erase(at))
    old.push_back({at->first.first, at->first.second, at->second});
  return old;
}

}  // namespace ao::settlement
