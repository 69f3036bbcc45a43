// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/payment/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/assert.hpp"
#include "records.hpp"

namespace ao::payment {
namespace {

constexpr std::size_t kReferenceBytesMax = 128;
constexpr std::size_t kPrunedAtOnce = 64;
constexpr std::size_t kIdBytes = MessageId::kSize;

// What stands here was written here, so a record that is none is damage.
template <class Record>
Record readable(Result<Record> record, std::string_view what, const Address& account) {
  if (record) return std::move(*record);
  throw store::Unreadable(fmt::format("the {} of account {} cannot be read: {}", what, account.text,
                                      record.error().text));
}

Balance balance_of(const store::Store& store, const Address& account) {
  const auto value = store.get(balance_key(account));
  if (!value) return {};
  return readable(balance_in(*value), "balance", account);
}

std::unexpected<Error> pending(std::string_view what) {
  return fail(ErrorKind::kBusy, "payment-pending",
              fmt::format("{} is being paid by another request", what));
}

}  // namespace

bool is_account(std::string_view text) {
  if (MessageId::from_text(text)) return true;
  if (text.size() != 42 || !text.starts_with("0x")) return false;
  const std::string_view digits = text.substr(2);
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) return false;
  const bool has_small = digits.find_first_of("abcdef") != digits.npos;
  const bool has_capital = digits.find_first_of("ABCDEF") != digits.npos;
  return has_small == has_capital;
}

std::uint64_t Ledger::balance(const Address& account) const {
  return balance_of(store_, account).balance;
}

std::vector<Entry> Ledger::history(const Address& account, std::size_t most) const {
  std::vector<Entry> found;
  const Balance known = balance_of(store_, account);
  for (std::uint64_t number = known.next; number > known.first && found.size() < most; --number)
    if (const auto value = store_.get(history_key(account, number - 1)))
      found.push_back(readable(entry_in(*value), "history", account));
  return found;
}

Ledger::Account& Ledger::account(const Address& address) {
  const auto found = accounts_.find(address);
  if (found != accounts_.end()) return found->second;
  const Balance known = balance_of(store_, address);
  Account loaded;
  loaded.balance = known.balance;
  loaded.first = known.first;
  loaded.next = known.next;
  return accounts_.emplace(address, std::move(loaded)).first->second;
}

void Ledger::forget_idle(const Address& address) {
  const auto found = accounts_.find(address);
  if (found == accounts_.end()) return;
  if (found->second.changes == 0 && found->second.open.empty()) accounts_.erase(found);
}

Result<> Ledger::reserve(const Charge& charge) {
  Account& payer = account(charge.account);
  if (payer.open.contains(charge.reference)) return pending(charge.reference.text());
  if (store_.get(paid_key(charge.account, charge.reference))) {
    forget_idle(charge.account);
    return fail(ErrorKind::kConflict, "payment-used",
                fmt::format("{} has paid for a request: sign each anew", charge.reference.text()));
  }
  const std::uint64_t free = payer.balance - payer.reserved;
  if (free < charge.quantity) {
    forget_idle(charge.account);
    return fail(ErrorKind::kDenied, "account-low",
                fmt::format("account {} has {} to spend, and this costs {}", charge.account.text,
                            free, charge.quantity));
  }
  payer.reserved += charge.quantity;
  payer.open[charge.reference] = {charge.quantity};
  return {};
}

void Ledger::take(const Charge& charge, Timestamp now, store::Batch& batch) {
  Account& payer = account(charge.account);
  Open& open = payer.open.at(charge.reference);
  AO_ASSERT(open.reserved == charge.quantity && payer.balance >= charge.quantity);
  payer.reserved -= open.reserved;
  open.reserved = 0;
  payer.balance -= charge.quantity;
  Bytes number;
  put_u64be(number, payer.next);
  batch.put(paid_key(charge.account, charge.reference), number);
  record(charge.account, payer,
         {Entry::Kind::kCharge, payer.next, charge.quantity, charge.reference.text(), now}, batch);
}

void Ledger::give_back(const Charge& charge, Timestamp now, store::Batch& batch) {
  Account& payer = account(charge.account);
  payer.balance += charge.quantity;
  batch.remove(paid_key(charge.account, charge.reference));
  record(charge.account, payer,
         {Entry::Kind::kReturn, payer.next, charge.quantity, charge.reference.text(), now}, batch);
}

void Ledger::close(const Charge& charge) {
  Account& payer = account(charge.account);
  if (const auto open = payer.open.find(charge.reference); open != payer.open.end()) {
    payer.reserved -= open->second.reserved;
    payer.open.erase(open);
  }
  forget_idle(charge.account);
}

Result<bool> Ledger::top_up(const TopUp& top_up, Timestamp now, store::Batch& batch) {
  if (!is_account(top_up.account.text))
    return fail(ErrorKind::kInvalid, "account-malformed",
                fmt::format("'{}' is no address: 43 characters of base64url, or 0x and 40 digits "
                            "with capitals as in EIP-55",
                            top_up.account.text.substr(0, 64)));
  if (top_up.quantity == 0 || top_up.quantity > kBalanceMax)
    return fail(ErrorKind::kInvalid, "quantity-malformed",
                fmt::format("a quantity is a whole number from 1 to {}", kBalanceMax));
  if (top_up.reference.empty() || top_up.reference.size() > kReferenceBytesMax)
    return fail(ErrorKind::kInvalid, "reference-malformed",
                fmt::format("a reference has 1 to {} bytes: by it a top-up counts once",
                            kReferenceBytesMax));
  if (top_ups_.contains(top_up.reference)) return pending("top-up " + top_up.reference);
  if (const auto value = store_.get(top_up_key(top_up.reference))) {
    const TopUp known = readable(top_up_in(*value), "top-up", top_up.account);
    if (known.account == top_up.account && known.quantity == top_up.quantity) return false;
    return fail(ErrorKind::kConflict, "top-up-taken",
                fmt::format("reference '{}' was for {} of account {}", top_up.reference,
                            known.quantity, known.account.text));
  }
  Account& payee = account(top_up.account);
  if (top_up.quantity > kBalanceMax - payee.balance) {
    forget_idle(top_up.account);
    return fail(
        ErrorKind::kTooLarge, "balance-max",
        fmt::format("account {} would have more than {}", top_up.account.text, kBalanceMax));
  }
  ++top_ups_[top_up.reference];
  payee.balance += top_up.quantity;
  batch.put(top_up_key(top_up.reference), stored(top_up));
  record(top_up.account, payee,
         {Entry::Kind::kTopUp, payee.next, top_up.quantity, top_up.reference, now}, batch);
  return true;
}

void Ledger::close(const TopUp& top_up) {
  top_ups_.erase(top_up.reference);
}

void Ledger::written(const Address& address) {
  const auto found = accounts_.find(address);
  AO_ASSERT(found != accounts_.end() && found->second.changes > 0);
  --found->second.changes;
  forget_idle(address);
}

void Ledger::record(const Address& address, Account& account, Entry entry, store::Batch& batch) {
  entry.balance = account.balance;
  batch.put(history_key(address, entry.number), stored(entry));
  ++account.next;
  prune(address, account, batch);
  batch.put(balance_key(address), stored(Balance{account.balance, account.first, account.next}));
  ++account.changes;
}

// The oldest of the history, and that it has paid. Only when nothing of the account is on its way
// to the disk, so that what is read here is what holds.
void Ledger::prune(const Address& address, Account& account, store::Batch& batch) const {
  if (account.changes > 0) return;
  for (std::size_t i = 0; i < kPrunedAtOnce && account.next - account.first > history_max_; ++i) {
    const std::uint64_t number = account.first++;
    const auto value = store_.get(history_key(address, number));
    if (!value) continue;
    const Entry entry = readable(entry_in(*value), "history", address);
    batch.remove(history_key(address, number));
    const auto reference = MessageId::from_text(entry.reference);
    if (entry.kind != Entry::Kind::kCharge || !reference) continue;
    if (account.open.contains(*reference)) continue;
    const auto paid = store_.get(paid_key(address, *reference));
    if (paid && get_u64be(*paid) == number) batch.remove(paid_key(address, *reference));
  }
}

namespace {

// The account in a key of the table, before its zero byte.
Address account_in(BytesView rest) {
  return Address{std::string(rest.substr(0, rest.find('\0')))};
}

// What is wrong with one record, or "".
std::string wrong_with(BytesView key, BytesView value) {
  const char kind = key.size() > 1 ? key[1] : '\0';
  const BytesView rest = key.substr(std::min<std::size_t>(2, key.size()));
  if (kind == 'b') {
    const auto balance = balance_in(value);
    if (!balance) return balance.error().text;
    return balance->first > balance->next ? "its history ends before it begins" : "";
  }
  if (kind == 'h') {
    const auto entry = entry_in(value);
    if (!entry) return entry.error().text;
    return key == BytesView(history_key(account_in(rest), entry->number)) ? "" : "it is another";
  }
  if (kind == 'r') {
    const Address account = account_in(rest);
    const bool fits = rest.size() == account.text.size() + 1 + kIdBytes && value.size() == 8;
    return fits ? "" : "it is no number of a history entry";
  }
  if (kind != 't') return "it is of no kind";
  const auto top_up = top_up_in(value);
  if (!top_up) return top_up.error().text;
  return key == BytesView(top_up_key(top_up->reference)) ? "" : "it is another";
}

}  // namespace

void Ledger::audit(const store::Store& store, Findings& findings) {
  store.scan(kTable, kTable, [&](BytesView key, BytesView value) {
    if (const std::string wrong = wrong_with(key, value); !wrong.empty())
      findings.add(fmt::format("record {} of the ledger (A): {}", hex(key.substr(0, 80)), wrong));
    return true;
  });
}

}  // namespace ao::payment
