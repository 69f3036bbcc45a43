// What this node orders of a process that is its ledger: to charge a payer, or to return that.
//
// A message that the node signs:
//
//   Action     Charge, or Return of what was charged
//   Account    who pays. Recipient: the operator, who is paid
//   Quantity   a whole number of the smallest unit
//   Reference  the id of what the payer signed
//   Round      0; one more each time after the same was charged and returned, or refused
//
// Each is scheduled once, however often it is ordered: Account, Reference and Round of a charge, or
// of a return, name it within the ledger's schedule, whatever the quantity is. Pure, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/data_item.hpp"

namespace ao::message {

struct LedgerOrder {
  enum class Kind { kCharge, kReturn };

  Kind kind = Kind::kCharge;
  Address account;
  MessageId reference;
  std::uint64_t round = 0;

  // 32 bytes: what names it in the schedule.
  Bytes twin() const;
  Draft draft(const ProcessId& ledger, std::uint64_t quantity, const Address& recipient) const;
};

// What the tags say. Only the word of the node that schedules the message counts: whoever asks
// compares the signer.
std::optional<LedgerOrder> claimed_ledger_order(const DataItem& item);

}  // namespace ao::message
