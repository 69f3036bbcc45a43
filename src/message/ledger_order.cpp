// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/ledger_order.hpp"

#include <charconv>

#include "ao/crypto/digest.hpp"

namespace ao::message {
namespace {

// Beside what the ledger reads: other messages of the node may have actions of these names.
constexpr std::string_view kMark = "Ledger-Order";

std::string_view action_of(LedgerOrder::Kind kind) {
  return kind == LedgerOrder::Kind::kCharge ? "Charge" : "Return";
}

}  // namespace

Bytes LedgerOrder::twin() const {
  Bytes said = "aonode ledger order ";
  said += action_of(kind);
  said.push_back('\0');
  said += account.text;
  said.push_back('\0');
  said += reference.bytes();
  put_u64be(said, round);
  return Bytes(crypto::view(crypto::sha256(said)));
}

Draft LedgerOrder::draft(const ProcessId& ledger, std::uint64_t quantity,
                         const Address& recipient) const {
  Draft draft;
  draft.target = ledger.bytes();
  draft.tags = {{"Data-Protocol", "ao"},
                {"Variant", "ao.N.1"},
                {"Type", "Message"},
                {"Action", Bytes(action_of(kind))},
                {"Account", account.text},
                {"Recipient", recipient.text},
                {"Quantity", std::to_string(quantity)},
                {"Reference", reference.text()},
                {"Round", std::to_string(round)},
                {Bytes(kMark), "true"}};
  return draft;
}

std::optional<LedgerOrder> claimed_ledger_order(const DataItem& item) {
  if (item.tag(kMark) != "true") return std::nullopt;
  const BytesView action = item.tag("Action");
  LedgerOrder order;
  if (action == "Return") order.kind = LedgerOrder::Kind::kReturn;
  if (action != action_of(order.kind)) return std::nullopt;
  order.account.text = item.tag("Account");
  const auto reference = MessageId::from_text(item.tag("Reference"));
  const BytesView round = item.tag("Round");
  const auto [end, error] = std::from_chars(round.data(), round.data() + round.size(), order.round);
  if (!reference || error != std::errc() || end != round.data() + round.size()) return std::nullopt;
  order.reference = *reference;
  return order;
}

}  // namespace ao::message
