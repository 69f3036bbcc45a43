// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/envelope.hpp"

#include <gtest/gtest.h>

#include "ao/message/bundle.hpp"
#include "ao/settlement/record.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::settlement {
namespace {

class EnvelopeTest : public testing::Test {
 protected:
  Envelope enclosed(std::uint64_t height) const {
    return enclose(Chunks(data_), {Bytes(48, 'a'), height, 1'234}, *wallet_, Timestamp{5});
  }

  const std::unique_ptr<crypto::Key> wallet_ =
      crypto::Key::from_jwk(test::fixture("wallets.json")["rsa1"]["jwk"].dump()).value();
  const message::DataItem bundle_ = test::sign(
      {{}, {}, {{"Type", "Settlement"}}, Bytes(300'000, 'x')}, *crypto::Key::new_ed25519());
  const Bytes data_ = envelope_data(bundle_.bytes()).value();
};

TEST_F(EnvelopeTest, holds_the_bundle_alone_as_gateways_find_it) {
  const auto read = message::read_bundle(data_);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ(read->front().item.bytes(), bundle_.bytes());
  const Transaction transaction = transaction_of(enclosed(100));
  EXPECT_TRUE(transaction.verify());
  EXPECT_TRUE(check_data(transaction, data_));
  EXPECT_EQ(*message::find_tag(transaction.tags, "Bundle-Format"), "binary");
  EXPECT_EQ(*message::find_tag(transaction.tags, "Bundle-Version"), "2.0.0");
  EXPECT_EQ(transaction.reward, "1234");
  EXPECT_EQ(transaction.quantity, "0");
}

TEST_F(EnvelopeTest, is_the_same_bytes_again_from_its_record) {
  Record record;
  record.number = 3;
  record.envelopes = {enclosed(100), enclosed(200)};
  EXPECT_NE(record.envelopes[0].signature, Bytes());
  const auto read = record_in(3, to_bytes(record));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, record);
  EXPECT_EQ(to_json(transaction_of(read->envelopes[1]), ""),
            to_json(transaction_of(record.envelopes[1]), ""));
  record.envelopes.clear();
  EXPECT_EQ(*record_in(3, to_bytes(record)), record);
}

TEST_F(EnvelopeTest, is_gone_when_no_block_of_any_branch_can_have_it) {
  const Envelope envelope = enclosed(100);
  EXPECT_FALSE(is_expired(envelope, 149));
  EXPECT_TRUE(is_expired(envelope, 150)) << "the next block is 151";
  EXPECT_FALSE(is_gone(envelope, 0, 10));
  EXPECT_FALSE(is_gone(envelope, 159, 10));
  EXPECT_TRUE(is_gone(envelope, 160, 10));
}

}  // namespace
}  // namespace ao::settlement
