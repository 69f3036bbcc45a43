// The stored form of accounts: keys, and values as CBOR.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"
#include "ao/payment/ledger.hpp"

namespace ao::payment {

struct Balance {
  std::uint64_t balance = 0;
  std::uint64_t first = 0, next = 0;  // of the history
};

inline constexpr std::string_view kTable = "A";

Bytes balance_key(const Address& account);
Bytes history_prefix(const Address& account);
Bytes history_key(const Address& account, std::uint64_t number);
Bytes paid_key(const Address& account, const MessageId& reference);
Bytes top_up_key(std::string_view reference);

Bytes stored(const Balance& balance);
Bytes stored(const Entry& entry);
Bytes stored(const TopUp& top_up);

// Errors: "ledger-malformed".
Result<Balance> balance_in(BytesView value);
Result<Entry> entry_in(BytesView value);
Result<TopUp> top_up_in(BytesView value);

}  // namespace ao::payment
