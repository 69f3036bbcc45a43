// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/ledger_order.hpp"

#include <gtest/gtest.h>

#include "support/workbench.hpp"

namespace ao::message {
namespace {

const ProcessId kLedger = *ProcessId::from_bytes(Bytes(32, 'l'));

LedgerOrder order(LedgerOrder::Kind kind = LedgerOrder::Kind::kCharge, std::uint64_t round = 0) {
  return {kind, Address{std::string(43, 'a')}, *MessageId::from_bytes(Bytes(32, 'r')), round};
}

TEST(LedgerOrder, what_is_signed_is_read_again) {
  const auto key = crypto::Key::new_ed25519();
  for (const auto kind : {LedgerOrder::Kind::kCharge, LedgerOrder::Kind::kReturn}) {
    const auto item = test::sign(order(kind, 3).draft(kLedger, 20, key->address()), *key);
    const auto read = claimed_ledger_order(item);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->twin(), order(kind, 3).twin());
    EXPECT_EQ(read->round, 3u);
    EXPECT_EQ(item.tag("Quantity"), "20");
    EXPECT_EQ(item.tag("Recipient"), key->address().text);
  }
}

TEST(LedgerOrder, its_name_is_account_reference_round_and_kind) {
  const Bytes twin = order().twin();
  EXPECT_EQ(twin.size(), 32u);
  EXPECT_NE(twin, order(LedgerOrder::Kind::kReturn).twin());
  EXPECT_NE(twin, order(LedgerOrder::Kind::kCharge, 1).twin());
  LedgerOrder other = order();
  other.account.text.back() = 'b';
  EXPECT_NE(twin, other.twin());
  other = order();
  other.reference = *MessageId::from_bytes(Bytes(32, 's'));
  EXPECT_NE(twin, other.twin());
}

TEST(LedgerOrder, other_messages_are_none) {
  const auto key = crypto::Key::new_ed25519();
  for (const char* gone : {"Ledger-Order", "Action", "Reference", "Round"}) {
    Draft draft = order().draft(kLedger, 20, key->address());
    std::erase_if(draft.tags, [&](const Tag& tag) { return tag.name == gone; });
    EXPECT_FALSE(claimed_ledger_order(test::sign(draft, *key))) << gone;
  }
  Draft draft = order().draft(kLedger, 20, key->address());
  for (Tag& tag : draft.tags)
    if (tag.name == "Round") tag.value = "1x";
  EXPECT_FALSE(claimed_ledger_order(test::sign(draft, *key)));
}

}  // namespace
}  // namespace ao::message
