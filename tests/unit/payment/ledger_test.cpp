// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/payment/ledger.hpp"

#include <gtest/gtest.h>

#include "ao/crypto/digest.hpp"
#include "support/workbench.hpp"

namespace ao::payment {
namespace {

const Address kAlice{std::string(43, 'A')};
const Address kBob{std::string(42, 'B') + 'A'};
constexpr Timestamp kNow{1'000};

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() { open(1'000); }

  void open(std::size_t history_max) {
    ledger_.reset();
    store_.reset();
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    store_ = store::Store::open(settings);
    ledger_.emplace(*store_, history_max);
  }

  static MessageId reference(int number) {
    return *MessageId::from_bytes(crypto::view(crypto::sha256(std::to_string(number))));
  }
  static Charge charge(std::uint64_t quantity, int number, const Address& account = kAlice) {
    return {account, quantity, reference(number)};
  }

  void write(store::Batch batch, const Address& account) {
    ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
    ledger_->written(account);
  }

  Result<bool> top_up(std::uint64_t quantity, const std::string& name,
                      const Address& account = kAlice) {
    store::Batch batch;
    const TopUp wanted{account, quantity, name};
    auto added = ledger_->top_up(wanted, kNow, batch);
    if (!added || !*added) return added;
    write(std::move(batch), account);
    ledger_->close(wanted);
    return added;
  }

  void pay(const Charge& charge) {
    ASSERT_TRUE(ledger_->reserve(charge));
    store::Batch batch;
    ledger_->take(charge, kNow, batch);
    write(std::move(batch), charge.account);
    ledger_->close(charge);
  }

  std::string_view refusal(const Charge& charge) {
    const auto reserved = ledger_->reserve(charge);
    return reserved ? std::string_view("reserved") : reserved.error().code;
  }

  std::uint64_t findings() const {
    Findings findings(10);
    Ledger::audit(*store_, findings);
    return findings.count();
  }

  test::Folder folder_;
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
  std::optional<Ledger> ledger_;
};

TEST_F(LedgerTest, what_is_set_aside_is_not_there_for_others) {
  top_up(100, "t");
  EXPECT_EQ(refusal(charge(60, 1)), "reserved");
  EXPECT_EQ(refusal(charge(41, 2)), "account-low");
  EXPECT_EQ(refusal(charge(40, 3)), "reserved");
  EXPECT_EQ(ledger_->balance(kAlice), 100u) << "nothing is taken yet";
  ledger_->close(charge(60, 1));
  EXPECT_EQ(refusal(charge(60, 4)), "reserved") << "it was free again";
  EXPECT_EQ(refusal(charge(1, 5, kBob)), "account-low");
}

TEST_F(LedgerTest, what_was_taken_stays_taken_over_a_start) {
  top_up(100, "t");
  pay(charge(30, 1));
  EXPECT_EQ(ledger_->balance(kAlice), 70u);
  open(1'000);
  EXPECT_EQ(ledger_->balance(kAlice), 70u);
  EXPECT_EQ(refusal(charge(30, 1)), "payment-used");
  EXPECT_EQ(refusal(charge(71, 2)), "account-low");
  EXPECT_EQ(findings(), 0u);
}

TEST_F(LedgerTest, a_reference_pays_for_one_request_at_a_time) {
  top_up(100, "t");
  EXPECT_EQ(refusal(charge(10, 1)), "reserved");
  EXPECT_EQ(refusal(charge(10, 1)), "payment-pending");
  store::Batch batch;
  ledger_->take(charge(10, 1), kNow, batch);
  EXPECT_EQ(refusal(charge(10, 1)), "payment-pending") << "not written yet";
}

TEST_F(LedgerTest, what_is_given_back_can_be_paid_again) {
  top_up(100, "t");
  const Charge one = charge(30, 1);
  ASSERT_TRUE(ledger_->reserve(one));
  store::Batch batch;
  ledger_->take(one, kNow, batch);
  ledger_->give_back(one, kNow, batch);
  ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  ledger_->written(kAlice);
  ledger_->written(kAlice);
  ledger_->close(one);
  EXPECT_EQ(ledger_->balance(kAlice), 100u);
  pay(one);
  EXPECT_EQ(ledger_->balance(kAlice), 70u);
  const auto history = ledger_->history(kAlice, 10);
  ASSERT_EQ(history.size(), 4u);
  EXPECT_EQ(history[0].kind, Entry::Kind::kCharge);
  EXPECT_EQ(history[1].kind, Entry::Kind::kReturn);
  EXPECT_EQ(history[1].balance, 100u);
  EXPECT_EQ(history[3].kind, Entry::Kind::kTopUp);
}

TEST_F(LedgerTest, a_top_up_counts_once) {
  EXPECT_TRUE(*top_up(100, "invoice-1"));
  EXPECT_FALSE(*top_up(100, "invoice-1"));
  EXPECT_EQ(top_up(99, "invoice-1").error().code, "top-up-taken");
  EXPECT_EQ(top_up(100, "invoice-1", kBob).error().code, "top-up-taken");
  open(1'000);
  EXPECT_FALSE(*top_up(100, "invoice-1"));
  EXPECT_EQ(ledger_->balance(kAlice), 100u);
}

TEST_F(LedgerTest, a_top_up_that_is_none_is_refused_by_name) {
  EXPECT_EQ(top_up(0, "a").error().code, "quantity-malformed");
  EXPECT_EQ(top_up(kBalanceMax + 1, "a").error().code, "quantity-malformed");
  EXPECT_EQ(top_up(1, "").error().code, "reference-malformed");
  EXPECT_EQ(top_up(1, std::string(129, 'r')).error().code, "reference-malformed");
  EXPECT_EQ(top_up(1, "a", Address{"alice"}).error().code, "account-malformed");
  EXPECT_TRUE(*top_up(kBalanceMax, "most"));
  EXPECT_EQ(top_up(1, "more").error().code, "balance-max");
}

TEST_F(LedgerTest, ethereum_accounts_are_written_in_one_way) {
  EXPECT_TRUE(is_account("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"));
  EXPECT_FALSE(is_account("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
  EXPECT_FALSE(is_account("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe"));
}

TEST_F(LedgerTest, the_history_is_bounded_and_forgets_who_paid) {
  open(10);
  top_up(1'000, "t");
  for (int i = 0; i < 30; ++i)
    pay(charge(1, i));
  EXPECT_EQ(ledger_->history(kAlice, 100).size(), 10u);
  EXPECT_EQ(ledger_->balance(kAlice), 970u);
  EXPECT_EQ(refusal(charge(1, 29)), "payment-used");
  EXPECT_EQ(refusal(charge(1, 2)), "reserved") << "long forgotten";
  std::size_t keys = 0;
  store_->scan("A", "A", [&](BytesView, BytesView) { return ++keys; });
  EXPECT_EQ(keys, 1u + 10u + 10u + 1u) << "balance, history, who paid, the top-up";
  EXPECT_EQ(findings(), 0u);
}

TEST_F(LedgerTest, nothing_stays_in_memory_of_accounts_at_rest) {
  top_up(100, "t");
  pay(charge(10, 1));
  EXPECT_EQ(refusal(charge(1'000, 2)), "account-low");
  EXPECT_EQ(refusal(charge(10, 1)), "payment-used");
  EXPECT_EQ(ledger_->accounts_in_memory(), 0u);
  EXPECT_EQ(refusal(charge(10, 3)), "reserved");
  EXPECT_EQ(ledger_->accounts_in_memory(), 1u);
}

TEST_F(LedgerTest, an_audit_tells_what_is_no_record) {
  top_up(100, "t");
  EXPECT_EQ(findings(), 0u);
  store::Batch batch;
  batch.put("Ab" + kBob.text, "no balance");
  batch.put("Ax" + kBob.text, "of no kind");
  ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  EXPECT_EQ(findings(), 2u);
  EXPECT_THROW(ledger_->balance(kBob), store::Unreadable);
}

}  // namespace
}  // namespace ao::payment
