// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/node_answers.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ao::settlement {
namespace {

std::string_view code_of(const Result<>& result) {
  return result ? std::string_view() : result.error().code;
}

TEST(NodeAnswersTest, a_transaction_that_a_node_has_is_taken) {
  EXPECT_TRUE(transaction_taken(200, "OK"));
  EXPECT_TRUE(transaction_taken(208, "Transaction already processed."));
  EXPECT_EQ(code_of(transaction_taken(429, "")), "arweave-busy");
  for (const unsigned status : {302u, 408u, 500u, 503u})
    EXPECT_EQ(code_of(transaction_taken(status, "")), "arweave-failed") << status;
  const auto refused = transaction_taken(400, "Invalid anchor (last_tx).");
  EXPECT_EQ(code_of(refused), "arweave-refused");
  EXPECT_NE(refused.error().text.find("Invalid anchor"), std::string::npos);
}

TEST(NodeAnswersTest, of_chunks_some_refusals_are_final) {
  EXPECT_TRUE(chunk_taken(200, "{}"));
  for (const char* error :
       {"invalid_json", "chunk_too_big", "data_path_too_big", "offset_too_big", "data_size_too_big",
        "chunk_proof_ratio_not_attractive", "invalid_proof"})
    EXPECT_EQ(code_of(chunk_taken(400, R"({"error":")" + std::string(error) + "\"}")),
              "chunk-refused")
        << error;
  for (const char* error : {"data_root_not_found", "not_joined", "exceeds_disk_pool_size_limit"}) {
    const auto refused = chunk_taken(400, R"({"error":")" + std::string(error) + "\"}");
    EXPECT_EQ(code_of(refused), "chunk-failed") << error;
    EXPECT_TRUE(is_temporary(refused.error()));
  }
  EXPECT_EQ(code_of(chunk_taken(413, "Payload too large")), "chunk-refused");
  EXPECT_EQ(code_of(chunk_taken(429, "")), "arweave-busy");
  EXPECT_EQ(code_of(chunk_taken(503, "<html>")), "chunk-failed");
}

TEST(NodeAnswersTest, amounts_are_digits) {
  EXPECT_EQ(amount_in(200, "0"), 0u);
  EXPECT_EQ(amount_in(200, "65595508\n"), 65'595'508u);
  EXPECT_EQ(amount_in(200, "18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(amount_in(200, "66000000000000000000"), std::numeric_limits<std::uint64_t>::max());
  for (const char* body : {"", "-1", "1.5", "x", "<html>", "0x10"})
    EXPECT_EQ(amount_in(200, body), std::nullopt) << body;
  EXPECT_EQ(amount_in(404, "1"), std::nullopt);
}

TEST(NodeAnswersTest, an_anchor_is_a_hash) {
  EXPECT_EQ(anchor_in(200, base64url(Bytes(48, 'b'))), Bytes(48, 'b'));
  EXPECT_EQ(anchor_in(200, base64url(Bytes(32, 'b')) + "\n"), Bytes(32, 'b'));
  EXPECT_EQ(anchor_in(200, base64url(Bytes(33, 'b'))), std::nullopt);
  EXPECT_EQ(anchor_in(200, "no anchor"), std::nullopt);
  EXPECT_EQ(anchor_in(500, base64url(Bytes(48, 'b'))), std::nullopt);
}

TEST(NodeAnswersTest, a_transaction_is_absent_waits_or_is_in_a_block) {
  using What = Sight::What;
  EXPECT_EQ(transaction_sight(404, "Not Found.")->what, What::kAbsent);
  EXPECT_EQ(transaction_sight(202, "Pending")->what, What::kPending);
  const auto sight = transaction_sight(
      200, R"({"block_height":7,"block_indep_hash":"h","number_of_confirmations":3})");
  EXPECT_EQ(*sight, (Sight{What::kInBlock, 7, 3}));
  EXPECT_EQ(transaction_sight(500, ""), std::nullopt);
  EXPECT_EQ(transaction_sight(400, "Invalid hash."), std::nullopt);
}

}  // namespace
}  // namespace ao::settlement
