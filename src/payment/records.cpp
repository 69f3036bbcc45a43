// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "records.hpp"

#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"

namespace ao::payment {

using message::Map;
using message::Value;

namespace {

constexpr std::string_view kKinds[] = {"charge", "return", "top-up"};

Bytes key(char kind, BytesView rest) {
  return Bytes(kTable) + kind + Bytes(rest);
}

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

std::unexpected<Error> malformed(std::string_view member) {
  return fail(ErrorKind::kInvalid, "ledger-malformed",
              "a record of the ledger has no " + std::string(member));
}

Result<std::uint64_t> number_at(const Value& value, std::string_view member) {
  const Value* found = value.find(member);
  const std::int64_t* number = found != nullptr ? found->integer() : nullptr;
  if (number == nullptr || *number < 0) return malformed(member);
  return static_cast<std::uint64_t>(*number);
}

}  // namespace

Bytes balance_key(const Address& account) {
  return key('b', account.text);
}

Bytes history_prefix(const Address& account) {
  return key('h', account.text) + '\0';
}

Bytes history_key(const Address& account, std::uint64_t number) {
  Bytes made = history_prefix(account);
  put_u64be(made, number);
  return made;
}

Bytes paid_key(const Address& account, const MessageId& reference) {
  return key('r', account.text) + '\0' + Bytes(reference.bytes());
}

Bytes top_up_key(std::string_view reference) {
  return key('t', crypto::view(crypto::sha256(reference)));
}

Bytes stored(const Balance& balance) {
  return message::to_cbor(Map{{"balance", integer(balance.balance)},
                              {"first", integer(balance.first)},
                              {"next", integer(balance.next)}});
}

Bytes stored(const Entry& entry) {
  return message::to_cbor(Map{{"at", integer(entry.at.milliseconds)},
                              {"balance", integer(entry.balance)},
                              {"kind", kKinds[static_cast<std::size_t>(entry.kind)]},
                              {"number", integer(entry.number)},
                              {"quantity", integer(entry.quantity)},
                              {"reference", entry.reference}});
}

Bytes stored(const TopUp& top_up) {
  return message::to_cbor(Map{{"account", top_up.account.text},
                              {"quantity", integer(top_up.quantity)},
                              {"reference", top_up.reference}});
}

Result<Balance> balance_in(BytesView value) {
  AO_TRY(decoded, message::from_cbor(value));
  AO_TRY(balance, number_at(decoded, "balance"));
  AO_TRY(first, number_at(decoded, "first"));
  AO_TRY(next, number_at(decoded, "next"));
  return Balance{balance, first, next};
}

Result<Entry> entry_in(BytesView value) {
  AO_TRY(decoded, message::from_cbor(value));
  Entry entry;
  const BytesView kind = decoded.text("kind");
  if (kind != kKinds[0] && kind != kKinds[1] && kind != kKinds[2]) return malformed("kind");
  entry.kind = kind == kKinds[0]   ? Entry::Kind::kCharge
               : kind == kKinds[1] ? Entry::Kind::kReturn
                                   : Entry::Kind::kTopUp;
  AO_TRY(at, number_at(decoded, "at"));
  AO_TRY(balance, number_at(decoded, "balance"));
  AO_TRY(number, number_at(decoded, "number"));
  AO_TRY(quantity, number_at(decoded, "quantity"));
  entry.at = Timestamp{at};
  entry.balance = balance;
  entry.number = number;
  entry.quantity = quantity;
  entry.reference = decoded.text("reference");
  return entry;
}

Result<TopUp> top_up_in(BytesView value) {
  AO_TRY(decoded, message::from_cbor(value));
  AO_TRY(quantity, number_at(decoded, "quantity"));
  return TopUp{Address{std::string(decoded.text("account"))}, quantity,
               std::string(decoded.text("reference"))};
}

}  // namespace ao::payment
