// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/transaction.hpp"

#include <gtest/gtest.h>

#include "unit/message/fixtures.hpp"

namespace ao::settlement {
namespace {

using nlohmann::json;

// Signed by arweave-js, over the data "hello", without salt.
json vector() {
  return test::fixture("transaction.json");
}

std::unique_ptr<crypto::Key> wallet() {
  return crypto::Key::from_jwk(test::fixture("wallets.json")["rsa1"]["jwk"].dump()).value();
}

TEST(TransactionTest, one_of_another_client_is_read_and_verified_and_signed_the_same) {
  const auto read = read_transaction(vector().dump());
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_TRUE(read->transaction.verify());
  EXPECT_EQ(read->data, "hello");
  EXPECT_TRUE(check_data(read->transaction, "hello"));
  EXPECT_EQ(json::parse(to_json(read->transaction, read->data)), vector());

  Transaction mine = read->transaction;
  mine.signature.clear();
  mine.id = {};
  mine.sign(*wallet());
  EXPECT_EQ(mine, read->transaction);
}

TEST(TransactionTest, a_change_of_anything_is_noticed) {
  const auto good = read_transaction(vector().dump())->transaction;
  const auto refusal = [](const Transaction& transaction) {
    const auto verdict = transaction.verify();
    return verdict ? BytesView() : verdict.error().code;
  };
  const auto refusal_after = [&](auto change) {
    Transaction changed = good;
    change(changed);
    return refusal(changed);
  };
  const BytesView mismatch = "signature-mismatch";
  EXPECT_EQ(refusal_after([](auto& t) { t.reward = "1001"; }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { t.quantity = "1"; }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { t.last_tx[0] ^= 1; }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { t.target = Bytes(32, 't'); }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { ++t.data_size; }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { t.data_root[5] ^= 1; }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { t.tags.pop_back(); }), mismatch);
  EXPECT_EQ(refusal_after([](auto& t) { std::swap(t.tags[0], t.tags[1]); }), mismatch);
  Transaction renamed = good;
  renamed.id = MessageId();
  EXPECT_EQ(refusal(renamed), "transaction-id");
  EXPECT_EQ(check_data(good, "hellO").error().code, "transaction-data");
}

TEST(TransactionTest, what_is_none_is_refused_by_the_name_of_its_member) {
  const auto refusal = [](const json& bad) {
    const auto read = read_transaction(bad.dump());
    return read ? Error{ErrorKind::kInvalid, "", ""} : read.error();
  };
  for (const char* member : {"id", "last_tx", "owner", "tags", "target", "quantity", "data_size",
                             "data_root", "reward", "signature"}) {
    for (const json& value : {json(nullptr), json("?"), json(json::object())}) {
      json bad = vector();
      bad[member] = value;
      EXPECT_EQ(refusal(bad).code, "transaction-malformed") << member << value;
      EXPECT_NE(refusal(bad).text.find(member), std::string::npos) << refusal(bad).text;
    }
  }
  json bad = vector();
  bad["format"] = 1;
  EXPECT_EQ(refusal(bad).code, "transaction-format");
  bad = vector();
  bad["reward"] = "01";
  EXPECT_EQ(refusal(bad).code, "transaction-malformed");
  bad = vector();
  bad["data_root"] = "";
  EXPECT_EQ(refusal(bad).code, "transaction-malformed") << "a size without a root";
  bad = vector();
  bad.erase("data");
  EXPECT_EQ(refusal(bad).code, "") << "the data may come on its own";
  EXPECT_EQ(read_transaction("{").error().code, "transaction-malformed");
}

}  // namespace
}  // namespace ao::settlement
