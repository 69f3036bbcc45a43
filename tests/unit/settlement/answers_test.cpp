// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/answers.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace ao::settlement {
namespace {

using What = Sight::What;

const MessageId kItem = *MessageId::from_bytes(Bytes(32, 'i'));
const MessageId kOther = *MessageId::from_bytes(Bytes(32, 'o'));

std::string naming(const MessageId& id) {
  return nlohmann::json{{"id", std::string(id.text())}}.dump();
}

std::string_view code_of(const Result<>& result) {
  return result ? std::string_view("taken") : result.error().code;
}

TEST(Answers, an_item_is_taken_when_the_bundler_names_it_or_names_none) {
  EXPECT_EQ(code_of(taken(200, naming(kItem), kItem)), "taken");
  EXPECT_EQ(code_of(taken(201, naming(kItem), kItem)), "taken");
  EXPECT_EQ(code_of(taken(202, "Data Item Exists", kItem)), "taken");
  EXPECT_EQ(code_of(taken(208, "", kItem)), "taken");
  EXPECT_EQ(code_of(taken(200, naming(kOther), kItem)), "bundler-id");
}

TEST(Answers, what_may_be_taken_later_is_told_from_what_is_refused) {
  EXPECT_EQ(code_of(taken(429, "", kItem)), "bundler-busy");
  EXPECT_EQ(code_of(taken(500, naming(kItem), kItem)), "bundler-failed");
  EXPECT_EQ(code_of(taken(503, "", kItem)), "bundler-failed");
  EXPECT_EQ(code_of(taken(302, "", kItem)), "bundler-failed");
  EXPECT_EQ(code_of(taken(402, "Insufficient balance", kItem)), "bundler-refused");
  EXPECT_EQ(taken(413, "too\nlarge", kItem).error().text, "it answered 413: too large");
}

TEST(Answers, the_status_of_an_arweave_node_tells_the_depth) {
  EXPECT_EQ(sight_in_status(
                200, R"({"block_height":7,"block_indep_hash":"h","number_of_confirmations":3})"),
            (Sight{What::kInBlock, 7, 3}));
  EXPECT_EQ(sight_in_status(202, "Pending"), Sight{What::kPending});
  EXPECT_EQ(sight_in_status(404, "Not Found."), std::nullopt);
  EXPECT_EQ(sight_in_status(200, "<html>"), std::nullopt);
  EXPECT_EQ(sight_in_status(200, "{}"), std::nullopt);
  EXPECT_EQ(sight_in_status(500, R"({"number_of_confirmations":300})"), std::nullopt);
}

TEST(Answers, the_status_of_a_bundler_tells_in_words) {
  EXPECT_EQ(sight_in_status(200, R"({"status":"FINALIZED","info":"permanent"})"),
            Sight{What::kFinal});
  EXPECT_EQ(sight_in_status(200, R"({"status":"CONFIRMED","info":"new"})"), Sight{What::kPending});
  EXPECT_EQ(sight_in_status(200, R"({"status":"FAILED"})"), Sight{What::kFailed});
  EXPECT_EQ(sight_in_status(200, R"({"status":"else"})"), std::nullopt);
}

std::string found(const MessageId& id, const std::string& block) {
  return R"({"data":{"transactions":{"edges":[{"cursor":"c","node":{"id":")" +
         std::string(id.text()) + R"(","block":)" + block + "}}]}}}";
}

TEST(Answers, graphql_tells_the_block_of_that_item_alone) {
  EXPECT_EQ(sight_in_graphql(found(kItem, R"({"height":9})"), kItem),
            (Sight{What::kInBlock, 9, 1}));
  EXPECT_EQ(sight_in_graphql(found(kItem, R"({"height":"9"})"), kItem),
            (Sight{What::kInBlock, 9, 1}));
  EXPECT_EQ(sight_in_graphql(found(kItem, "null"), kItem), Sight{What::kPending});
  EXPECT_EQ(sight_in_graphql(found(kOther, R"({"height":9})"), kItem), Sight{What::kAbsent});
  EXPECT_EQ(sight_in_graphql(R"({"data":{"transactions":{"edges":[]}}})", kItem),
            Sight{What::kAbsent});
  EXPECT_EQ(sight_in_graphql(R"({"errors":[]})", kItem), std::nullopt);
  EXPECT_EQ(sight_in_graphql("down", kItem), std::nullopt);
}

TEST(Answers, queries_are_json_with_the_id_in_them) {
  for (const Bytes& query : {block_query(kItem), bundles_query(ProcessId::same_bytes_as(kItem), ""),
                             assignments_query(ProcessId::same_bytes_as(kItem), "cursor"),
                             item_bundles_query(kItem, "")}) {
    const auto asked = nlohmann::json::parse(query);
    EXPECT_NE(asked["query"].get<std::string>().find(kItem.text()), std::string::npos) << query;
  }
}

TEST(Answers, found_bundles_are_the_items_or_their_parents_and_cursors_are_plain) {
  const std::string page = R"({"data":{"transactions":{"edges":[
    {"cursor":"1","node":{"id":")" +
                           std::string(kItem.text()) + R"(","bundledIn":{"id":")" +
                           std::string(kOther.text()) + R"("}}},
    {"cursor":"a\"b","node":{"id":")" +
                           std::string(kItem.text()) + R"("}},
    {"cursor":"3","node":{"id":"none"}}]}}})";
  const auto items = bundles_in(page, false);
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ(items->front().id, kItem);
  EXPECT_EQ(bundles_in(page, true)->at(0).id, kOther);
  EXPECT_EQ(bundles_in("{}", false).error().code, "gateway-answer");
}

TEST(Answers, the_height_is_a_number_or_its_text) {
  EXPECT_EQ(height_in_info(R"({"height":12})"), 12u);
  EXPECT_EQ(height_in_info(R"({"height":"12"})"), 12u);
  EXPECT_EQ(height_in_info(R"({"height":-1})"), std::nullopt);
  EXPECT_EQ(height_in_info("x"), std::nullopt);
}

}  // namespace
}  // namespace ao::settlement
