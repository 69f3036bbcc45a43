// HTTP requests that claim a signature: whatever claims one must have it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/httpsig.hpp"
#include "support/running_node.hpp"
#include "unit/message/fixtures.hpp"

namespace ao {
namespace {

class SignedRequestFlow : public testing::Test {
 protected:
  static http::Headers headers_of(const codec::HttpForm& form) {
    http::Headers headers;
    for (const auto& [name, value] : form.fields)
      headers.add(name, *value.bytes());
    return headers;
  }

  http::Headers signed_headers() const {
    const message::Map message{{"action", "Info"}, {"x", "y"}};
    return headers_of(codec::to_signed_http_form(codec::commit(message, *key_).value()).value());
  }

  nlohmann::json refused(http::Headers headers) {
    const auto response = node_.fetch("GET", "/~meta@1.0/info/address", {}, std::move(headers));
    EXPECT_EQ(response.status, 400u) << response.body;
    return nlohmann::json::parse(response.body)["error"];
  }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  test::RunningNode node_;
};

TEST_F(SignedRequestFlow, a_signed_read_is_answered) {
  const auto response = node_.fetch("GET", "/~meta@1.0/info/address", {}, signed_headers());
  EXPECT_EQ(response.status, 200u) << response.body;
  EXPECT_EQ(response.body, node_.address().text);
}

TEST_F(SignedRequestFlow, a_changed_field_is_refused_on_a_read_too) {
  http::Headers headers = signed_headers();
  headers.set("action", "Other");
  const auto error = refused(std::move(headers));
  EXPECT_EQ(error["code"], "signature-mismatch");
  EXPECT_FALSE(error.contains("signature-bases"));  // nobody asked
}

TEST_F(SignedRequestFlow, half_a_signature_is_refused) {
  http::Headers headers = signed_headers();
  http::Headers half;
  for (const auto& field : headers)
    if (field.name != "signature") half.add(field.name, field.value);
  EXPECT_EQ(refused(std::move(half))["code"], "signature-malformed");
}

// The operator's public key and somebody's signature bytes prove nothing.
TEST_F(SignedRequestFlow, a_strangers_signature_under_another_key_is_refused) {
  http::Headers headers = signed_headers();
  const auto other = crypto::Key::new_ed25519();
  std::string input = *headers.find("signature-input");
  const std::string mine = base64(key_->public_key());
  input.replace(input.find(mine), mine.size(), base64(other->public_key()));
  headers.set("signature-input", input);
  EXPECT_EQ(refused(std::move(headers))["code"], "signature-mismatch");
}

TEST_F(SignedRequestFlow, whoever_asks_is_shown_the_base_and_where_it_differs) {
  http::Headers headers = signed_headers();
  codec::Request sent;
  for (const auto& field : headers)
    sent.form.fields.set(field.name, field.value);
  const codec::SignatureBase signed_base = codec::signature_bases(sent)->front();
  headers.set("x", "z");

  headers.set("signature-base", "?1");
  const auto shown = refused(headers)["signature-bases"][signed_base.label];
  EXPECT_NE(shown["bases"][0].get<std::string>().find("\"x\": z\n"), std::string::npos);
  EXPECT_FALSE(shown.contains("difference"));

  headers.set("signature-base", ':' + base64(signed_base.texts.front()) + ':');
  const auto compared = refused(headers)["signature-bases"][signed_base.label];
  EXPECT_EQ(compared["difference"], "line 2: this node has '\"x\": z', the client has '\"x\": y'");
}

TEST_F(SignedRequestFlow, a_field_that_is_sent_twice_is_joined_as_the_signer_had_it) {
  const message::Map message{{"x", "a, b"}};
  http::Headers headers;
  const auto form = codec::to_signed_http_form(codec::commit(message, *key_).value()).value();
  for (const auto& [name, value] : form.fields)
    if (name != "x") headers.add(name, *value.bytes());
  headers.add("X", "a");
  headers.add("x", "b");
  const auto response = node_.fetch("GET", "/~meta@1.0/info/address", {}, headers);
  EXPECT_EQ(response.status, 200u) << response.body;
}

// What the published clients sent when they were recorded.
TEST_F(SignedRequestFlow, recorded_requests_are_let_through_or_refused_as_stated) {
  const auto document = test::fixture("httpsig-requests.json");
  for (const auto& recorded : document["requests"]) {
    SCOPED_TRACE(recorded["name"].get<std::string>());
    http::Headers headers;
    for (const auto& [name, value] : recorded["headers"].items())
      if (name != "content-length") headers.add(name, value.get<std::string>());
    Bytes body;
    if (recorded.contains("body_b64")) body = test::from_base64(recorded["body_b64"]);
    const auto response = node_.fetch(recorded["method"], recorded["path"], body, headers);
    const bool is_refused = recorded["expect"].get<std::string>().starts_with("refuse");
    if (is_refused) {
      EXPECT_EQ(response.status, 400u) << response.body;
    } else if (response.status != 200) {
      const auto code = nlohmann::json::parse(response.body)["error"]["code"].get<std::string>();
      EXPECT_FALSE(code.starts_with("signature") || code.starts_with("content")) << response.body;
    }
  }
}

}  // namespace
}  // namespace ao
