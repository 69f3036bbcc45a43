// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/payment/tab.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::payment {

Result<> Tab::hold(const Charge& charge, std::uint64_t balance, Slot evaluated) {
  if (has(charge))
    return fail(ErrorKind::kBusy, "payment-pending",
                fmt::format("{} is being paid by another request", charge.reference.text()));
  std::uint64_t spent = 0;  // each was within a balance once, so the sum fits
  if (const auto found = accounts_.find(charge.account); found != accounts_.end())
    for (const auto& [reference, open] : found->second)
      if (!open.slot || *open.slot >= evaluated) spent += open.quantity;
  const std::uint64_t free = balance - std::min(balance, spent);
  if (free < charge.quantity)
    return fail(ErrorKind::kDenied, "account-low",
                fmt::format("account {} has {} to spend, and this costs {}", charge.account.text,
                            free, charge.quantity));
  accounts_[charge.account][charge.reference] = {charge.quantity, false, std::nullopt};
  return {};
}

bool Tab::has(const Charge& charge) const {
  const auto found = accounts_.find(charge.account);
  return found != accounts_.end() && found->second.contains(charge.reference);
}

void Tab::send(const Charge& charge) {
  accounts_.at(charge.account).at(charge.reference).is_sent = true;
}

void Tab::place(const Charge& charge, Slot slot) {
  accounts_.at(charge.account).at(charge.reference).slot = slot;
}

void Tab::settle(const Charge& charge) {
  accounts_.at(charge.account).at(charge.reference).is_sent = false;
}

void Tab::close(const Charge& charge) {
  const auto found = accounts_.find(charge.account);
  if (found == accounts_.end()) return;
  found->second.erase(charge.reference);
  if (found->second.empty()) accounts_.erase(found);
}

bool Tab::is_settling(const Address& account) const {
  const auto found = accounts_.find(account);
  return found != accounts_.end() &&
         std::ranges::any_of(found->second, [](const auto& one) { return one.second.is_sent; });
}

}  // namespace ao::payment
