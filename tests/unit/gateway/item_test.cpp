// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/gateway/item.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/workbench.hpp"

namespace ao::gateway {
namespace {

using message::DataItem;
using nlohmann::json;

// As gateways tell of an item.
json told(const DataItem& item) {
  json tags = json::array();
  for (const message::Tag& tag : item.tags())
    tags.push_back(json{{"name", tag.name}, {"value", tag.value}});
  return json{{"id", item.id().text()},
              {"anchor", base64url(item.anchor())},
              {"signature", base64url(item.signature())},
              {"recipient", base64url(item.target())},
              {"owner", {{"address", item.signer().text}, {"key", base64url(item.owner())}}},
              {"data", {{"size", std::to_string(item.data().size())}}},
              {"tags", tags},
              {"bundledIn", {{"id", base64url(Bytes(32, 'p'))}}}};
}

std::string answer(const json& node) {
  const json edge{{"cursor", "c"}, {"node", node}};
  return json{{"data", {{"transactions", {{"edges", json::array({edge})}}}}}}.dump();
}

class GatewayItem : public testing::TestWithParam<crypto::SignatureType> {
 protected:
  static std::unique_ptr<crypto::Key> new_key() {
    return GetParam() == crypto::SignatureType::kEthereum ? crypto::Key::new_ethereum()
                                                          : crypto::Key::new_ed25519();
  }
};

message::Draft draft() {
  message::Draft draft;
  draft.target = Bytes(32, 't');
  draft.anchor = "an anchor of thirty-two bytes ok";
  draft.tags = {{"Type", "Module"}, {"Empty", ""}, {"Type", "again"}, {"Name", "ü\n\"\\"}};
  draft.data = Bytes("\0\1\2 data", 8);
  return draft;
}

TEST_P(GatewayItem, an_item_is_put_together_again_byte_for_byte) {
  const DataItem item = test::sign(draft(), *new_key());
  const auto described = description_in(answer(told(item)), item.id());
  ASSERT_TRUE(described && *described);
  EXPECT_EQ((*described)->data_bytes, item.data().size());
  EXPECT_TRUE((*described)->is_bundled);
  const auto again = rebuilt(**described, Bytes(item.data()));
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->bytes(), item.bytes());
  EXPECT_TRUE(again->verify());
}

TEST_P(GatewayItem, without_target_anchor_and_tags_too) {
  message::Draft plain;
  plain.data = "x";
  const DataItem item = test::sign(plain, *new_key());
  json node = told(item);
  node["recipient"] = nullptr;
  node["anchor"] = "";
  node["bundledIn"] = nullptr;
  const auto described = description_in(answer(node), item.id());
  ASSERT_TRUE(described && *described);
  EXPECT_FALSE((*described)->is_bundled);
  EXPECT_EQ(rebuilt(**described, "x")->bytes(), item.bytes());
}

TEST_P(GatewayItem, an_anchor_is_understood_as_it_is_too) {
  const DataItem item = test::sign(draft(), *new_key());
  json node = told(item);
  node["anchor"] = item.anchor();
  EXPECT_EQ(rebuilt(**description_in(answer(node), item.id()), Bytes(item.data()))->bytes(),
            item.bytes());
}

TEST_P(GatewayItem, a_key_within_an_object_is_understood) {
  const DataItem item = test::sign(draft(), *new_key());
  json node = told(item);
  node["owner"]["key"] = json{{"address", "a"}, {"key", base64url(item.owner())}};
  EXPECT_EQ(rebuilt(**description_in(answer(node), item.id()), Bytes(item.data()))->bytes(),
            item.bytes());
}

TEST_P(GatewayItem, whatever_is_told_otherwise_does_not_hold) {
  const DataItem item = test::sign(draft(), *new_key());
  const json good = told(item);
  std::vector<std::pair<json, Bytes>> lies = {{good, "other data"}};
  for (const char* name : {"recipient", "anchor"}) {
    lies.emplace_back(good, item.data());
    lies.back().first[name] = base64url(Bytes(32, 'l'));
  }
  lies.emplace_back(good, item.data());
  lies.back().first["tags"][0]["value"] = "Process";
  lies.emplace_back(good, item.data());
  lies.back().first["owner"]["key"] = base64url(test::sign(draft(), *new_key()).owner());
  for (const auto& [node, data] : lies) {
    const auto made = rebuilt(**description_in(answer(node), item.id()), data);
    ASSERT_TRUE(made) << node;
    EXPECT_FALSE(made->verify()) << node;
  }
}

TEST_P(GatewayItem, the_signature_of_another_item_is_told_from_it) {
  const DataItem item = test::sign(draft(), *new_key());
  json node = told(item);
  node["signature"] = base64url(test::sign(draft(), *new_key()).signature());
  const auto made = rebuilt(**description_in(answer(node), item.id()), Bytes(item.data()));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "gateway-forged");
}

INSTANTIATE_TEST_SUITE_P(Keys, GatewayItem,
                         testing::Values(crypto::SignatureType::kEd25519,
                                         crypto::SignatureType::kEthereum));

TEST(GatewayAnswer, what_is_no_answer_and_who_has_no_item_are_told_apart) {
  const MessageId id = *MessageId::from_bytes(Bytes(32, 'i'));
  EXPECT_EQ(description_in("<html>", id).error().code, "gateway-answer");
  EXPECT_EQ(description_in(R"({"errors":[]})", id).error().code, "gateway-answer");
  const auto none = description_in(R"({"data":{"transactions":{"edges":[]}}})", id);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  const auto other = test::sign(draft(), *crypto::Key::new_ed25519());
  EXPECT_FALSE(*description_in(answer(told(other)), id)) << "another item than the one asked for";
}

TEST(GatewayAnswer, an_item_without_key_or_signature_is_incomplete) {
  const DataItem item = test::sign(draft(), *crypto::Key::new_ed25519());
  for (const char* name : {"signature", "owner"}) {
    json node = told(item);
    node.erase(name);
    EXPECT_EQ(description_in(answer(node), item.id()).error().code, "gateway-incomplete") << name;
  }
  json node = told(item);
  node["signature"] = "<not-found>";
  EXPECT_EQ(description_in(answer(node), item.id()).error().code, "gateway-incomplete");
  node["signature"] = base64url("short");
  const auto described = description_in(answer(node), item.id());
  EXPECT_EQ(rebuilt(**described, "").error().code, "gateway-incomplete");
}

TEST(GatewayAnswer, the_query_names_the_item) {
  const MessageId id = *MessageId::from_bytes(Bytes(32, 'i'));
  const auto asked = json::parse(item_query(id));
  EXPECT_NE(asked["query"].get<std::string>().find(id.text()), std::string::npos);
}

}  // namespace
}  // namespace ao::gateway
