// What clients have with this node, and what their requests cost them.
//
//   A b account              balance, numbers of the first kept and the next history entry, CBOR
//   A h account 0 number     history: kind, quantity, reference, time, balance after it, CBOR
//   A r account 0 reference  number of the history entry of a charge: who pays once pays no more
//   A t SHA-256(reference)   a top-up: account, quantity, CBOR; for good
//
// Quantities are integers of the smallest unit. What a request costs is set aside in memory before
// the work, so that requests of one account at the same time never have more than it holds; it is
// taken in one write with the record that says so. Decides, and knows neither clock nor threads:
// what it puts into a batch is to be written in the order of the calls, one batch after the other.
// Owned by `node`, and used on one strand; `balance` and `history` read what is durable, on any
// thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <unordered_map>

#include "ao/base/clock.hpp"
#include "ao/base/finding.hpp"
#include "ao/store/store.hpp"

namespace ao::payment {

inline constexpr std::uint64_t kBalanceMax = (std::uint64_t{1} << 63) - 1;

// What is paid for: a request, by what its payer signed.
struct Charge {
  Address account;
  std::uint64_t quantity = 0;
  MessageId reference;  // of the commitment, or of the item
};

struct TopUp {
  Address account;
  std::uint64_t quantity = 0;
  std::string reference;  // the operator's own name for it
};

struct Entry {
  enum class Kind { kCharge, kReturn, kTopUp };

  Kind kind = Kind::kCharge;
  std::uint64_t number = 0;
  std::uint64_t quantity = 0;
  std::string reference;  // as text
  Timestamp at;
  std::uint64_t balance = 0;  // after it

  bool operator==(const Entry&) const = default;
};

class Ledger {
 public:
  // `history_max` is of one account.
  Ledger(const store::Store& store, std::size_t history_max)
      : store_(store), history_max_(history_max) {}

  std::uint64_t balance(const Address& account) const;
  std::vector<Entry> history(const Address& account, std::size_t most) const;  // the newest first

  // Sets the quantity aside. Errors: kDenied "account-low"; kConflict "payment-used" when the
  // reference has paid; kBusy "payment-pending" while it does.
  Result<> reserve(const Charge& charge);

  // Takes what was set aside, and gives back what was taken. `written` when the batch is durable.
  void take(const Charge& charge, Timestamp now, store::Batch& batch);
  void give_back(const Charge& charge, Timestamp now, store::Batch& batch);

  // The end of what `reserve` began: what was not taken is free again.
  void close(const Charge& charge);

  // False when the same was added before. Errors: kInvalid "account-malformed",
  // "quantity-malformed", "reference-malformed"; kConflict "top-up-taken" when the reference stands
  // for another one; kBusy "payment-pending"; kTooLarge "balance-max".
  Result<bool> top_up(const TopUp& top_up, Timestamp now, store::Batch& batch);
  void close(const TopUp& top_up);

  // A batch with a change of the account is durable, or will never be.
  void written(const Address& account);

  std::size_t accounts_in_memory() const { return accounts_.size(); }

  // That every record can be read and stands under its own key.
  static void audit(const store::Store& store, Findings& findings);

 private:
  struct Open {
    std::uint64_t reserved = 0;  // 0 when it was taken
  };
  struct Account {
    std::uint64_t balance = 0;
    std::uint64_t first = 0, next = 0;  // of the history
    std::uint64_t reserved = 0;
    std::size_t changes = 0;  // that are not written yet
    std::unordered_map<MessageId, Open> open;
  };

  Account& account(const Address& address);
  void forget_idle(const Address& address);
  void record(const Address& address, Account& account, Entry entry, store::Batch& batch);
  void prune(const Address& address, Account& account, store::Batch& batch) const;

  const store::Store& store_;
  const std::size_t history_max_;
  std::map<Address, Account> accounts_;         // those with something open
  std::map<std::string, std::size_t> top_ups_;  // references of those that are not written yet
};

// Whether an account can have this name: 43 characters of base64url, or an Ethereum address with
// its capitals (EIP-55).
bool is_account(std::string_view text);

}  // namespace ao::payment
