// What HyperBEAM's own modules computed: encodings, bases, ids, and signatures that hold.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "ao/codec/structured.hpp"
#include "ao/message/paths.hpp"
#include "signature_base.hpp"
#include "tabm_ids.hpp"
#include "typed_json.hpp"

namespace ao::codec {
namespace {

using message::Map;
using message::Value;
using test::code_of;
using test::map_of;

nlohmann::json cases() {
  return test::fixture("httpsig.json")["cases"];
}

HttpForm without_signatures(HttpForm form) {
  form.fields.remove("signature");
  form.fields.remove("signature-input");
  return form;
}

// HyperBEAM leaves keys that are ids out of what it signs, and so cannot verify its own encoding.
bool is_defect_of_the_reference(const nlohmann::json& vector) {
  return vector["name"] == "id-keys";
}

Map without_commitments(Map map) {
  map.remove("commitments");
  return map;
}

TEST(HttpsigVectors, every_message_has_the_recorded_tabm_encoding_and_id) {
  std::size_t seen = 0;
  for (const auto& vector : cases()) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto tabm = to_tabm(map_of(vector["message"]));
    ASSERT_TRUE(tabm) << tabm.error().text;
    const auto links = linked(*tabm);
    ASSERT_TRUE(links) << links.error().text;
    EXPECT_EQ(*links, map_of(vector["tabm"]));

    const HttpForm recorded = without_signatures(test::form_of(vector["http"]));
    const auto form = to_http_form(*links, Texts::kOneLine);
    ASSERT_TRUE(form) << form.error().text;
    EXPECT_EQ(form->fields, recorded.fields);
    EXPECT_EQ(form->body, recorded.body);

    const HttpForm bundle = without_signatures(test::form_of(vector["http_bundle"]));
    const auto bundled = to_http_form(*tabm, Texts::kOneLine);
    ASSERT_TRUE(bundled) << bundled.error().text;
    EXPECT_EQ(bundled->fields, bundle.fields);
    EXPECT_EQ(bundled->body, bundle.body);

    if (!is_defect_of_the_reference(vector)) {
      EXPECT_EQ(uncommitted_id(map_of(vector["message"]))->text(), vector["unsigned_id"]);
    }
    ++seen;
  }
  EXPECT_EQ(seen, 23u);
}

TEST(HttpsigVectors, every_base_is_the_recorded_one) {
  for (const auto& vector : cases()) {
    if (is_defect_of_the_reference(vector)) continue;
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto links = linked(*to_tabm(map_of(vector["message"])));
    const auto form = to_http_form(*links, Texts::kOneLine);
    for (const auto& [id, commitment] : vector["commitments"].items()) {
      const CanonicalBase base = canonical_base(*form, {.algorithm = commitment["type"],
                                                        .keyid = commitment["keyid"],
                                                        .is_bundled = false,
                                                        .tag = {}});
      EXPECT_EQ(base.text, commitment["signature_base"]);
    }
  }
}

TEST(HttpsigVectors, every_recorded_commitment_is_verified) {
  for (const auto& vector : cases()) {
    if (is_defect_of_the_reference(vector)) continue;
    SCOPED_TRACE(vector["name"].get<std::string>());
    Map message = map_of(vector["message"]);
    message.set("commitments", map_of(vector["commitments"]));
    const auto verified = verify(message);
    ASSERT_TRUE(verified) << verified.error().text;
    ASSERT_EQ(verified->size(), 1u);
    EXPECT_EQ(verified->front().id.text(), vector["signed_id"]);
    EXPECT_EQ(message_id(message)->text(), vector["signed_id"]);
  }
}

TEST(HttpsigVectors, every_recorded_http_message_is_read_back) {
  for (const auto& vector : cases()) {
    if (is_defect_of_the_reference(vector)) continue;
    SCOPED_TRACE(vector["name"].get<std::string>());
    Request request;
    request.form = test::form_of(vector["http"]);
    const auto read = read_request(request, Timestamp{});
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->tabm, map_of(vector["tabm"]));
    ASSERT_TRUE(read->is_signed());

    // The same message with its children in it.
    const auto bundled = from_http_form(test::form_of(vector["http_bundle"]));
    ASSERT_TRUE(bundled) << bundled.error().text;
    EXPECT_EQ(*bundled, *to_tabm(map_of(vector["message"])));
    EXPECT_EQ(uncommitted_tabm_id(*bundled, Form::kLinked)->text(), vector["unsigned_id"]);
  }
}

TEST(HttpsigVectors, two_signers_have_the_recorded_ids) {
  const auto recorded = test::fixture("httpsig.json")["multi_signer"];
  Map message = map_of(recorded["message"]);
  message.set("commitments", map_of(recorded["after_second"]));
  EXPECT_EQ(message_id(message)->text(), recorded["id_all"]);
  EXPECT_EQ(uncommitted_id(without_commitments(message))->text(), recorded["id_none"]);
  const auto verified = verify(message);
  ASSERT_TRUE(verified) << verified.error().text;
  EXPECT_EQ(verified->size(), 2u);
  Request request;
  request.form = test::form_of(recorded["encoded"]);
  const auto read = read_request(request, Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_TRUE(read->is_signed());
}

TEST(HttpsigVectors, every_recorded_request_is_taken_or_refused_as_stated) {
  const std::map<std::string, std::string> codes = {
      {"client-4", "content-digest-mismatch"},
      {"bad-header-changed", "signature-mismatch"},
      {"bad-header-removed", "signature-component-missing"},
      {"bad-body-changed", "content-digest-mismatch"},
      {"bad-digest-removed", "signature-component-missing"},
      {"bad-signature-bit", "signature-mismatch"},
      {"bad-keyid-other", "signature-mismatch"},
      {"bad-component-list-changed", "signature-mismatch"},
      {"bad-alg-changed", "signature-keyid"},
      {"bad-label-mismatch", "signature-malformed"},
      {"bad-no-signature-header", "signature-malformed"},
      {"bad-sf-broken", "signature-input-malformed"}};
  const auto document = test::fixture("httpsig-requests.json");
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (const auto& recorded : document["requests"]) {
    const std::string name = recorded["name"];
    SCOPED_TRACE(name);
    Request request;
    request.method = recorded["method"];
    request.target = recorded["path"];
    request.form = test::form_of(recorded["headers"]);
    if (recorded.contains("body_b64")) request.form.body = test::from_base64(recorded["body_b64"]);
    const auto read = read_request(request, Timestamp{});
    const std::string expected = recorded["expect"];
    if (expected.starts_with("refuse")) {
      ASSERT_TRUE(codes.contains(name));
      EXPECT_EQ(code_of(read), codes.at(name)) << read.error().text;
      ++refused;
      continue;
    }
    ASSERT_TRUE(read) << read.error().text;
    ++accepted;
    EXPECT_EQ(read->is_signed(), expected == "accept");
    const auto bases = signature_bases(request);
    ASSERT_TRUE(bases);
    for (std::size_t i = 0; i < recorded["signatures"].size(); ++i) {
      const auto& one = recorded["signatures"][i];
      EXPECT_EQ(read->commitments[i].committer->text, one["committer"]);
      EXPECT_EQ(read->commitments[i].id.text(), one["commitment_id"]);
      EXPECT_EQ((*bases)[i].texts.front(), one["signature_base"]);
    }
    if (recorded.contains("message")) {
      EXPECT_EQ(*message_from_tabm(read->tabm), map_of(recorded["message"]));
      EXPECT_EQ(uncommitted_tabm_id(read->tabm, Form::kLinked)->text(),
                recorded["message_unsigned_id"]);
    }
  }
  EXPECT_EQ(refused, codes.size());
  EXPECT_GT(accepted, 10u);
}

// spec: golden ids of small messages.
TEST(HttpsigVectors, small_messages_have_the_golden_uncommitted_ids) {
  const auto id = [](const Map& message) { return uncommitted_id(message)->text(); };
  using message::List;
  EXPECT_EQ(id({}), "VnYnaoOvankqXk13s502zpiq9PIaqFHDRcIrTNhyqKQ");
  EXPECT_EQ(id({{"a", "b"}}), "UfSqKA58Hwk99Jg5fsYGY4iKDfnnUAW9MQdMv2-Fw40");
  EXPECT_EQ(id({{"A", "b"}}), "UfSqKA58Hwk99Jg5fsYGY4iKDfnnUAW9MQdMv2-Fw40");
  EXPECT_EQ(id({{"a", 1}}), "np3stvTlJELQLgarP2Iw5NuN6oFI_iMfrglyWWsK3ME");
  EXPECT_EQ(id({{"a", 1.5}}), "tJqabi-ogSZFyMWhhWMvvNGbq4R4hHJHxMaCrQZ-TPA");
  EXPECT_EQ(id({{"a", true}}), "nd-ISj3HDgcGhxGrPOhDmLgUSjdfpxjjxytM1WPEacQ");
  EXPECT_EQ(id({{"a", ""}}), "o_AzPXsZl8m6jWXiw0CmQqgD9tout81SGU99VPh_Xk8");
  EXPECT_EQ(id({{"a", List{}}}), "hUc-1Kmx98E8Nrha4YbUJPWkTgRCaRZMx6CCQjrCS10");
  EXPECT_EQ(id({{"a", Map{}}}), "SJFp9SEKqZ1OC7vCRTtM4EIpC5GaiI2kwEsxGa4PJhk");
  EXPECT_EQ(id({{"a", List{1, 2, 3}}}), "P-7xtcW62rOxV2MT6XxodWsNdRlNqRTcz5AWaBhswro");
  EXPECT_EQ(id({{"a", List{"x", 2}}}), "0XySB2GQoJGG31VvIW1OV3_b7qOmzVBYh-zQj_y98v8");
  EXPECT_EQ(id({{"body", "hello"}}), "r6xKfxpYNb8FwG09WsbvaQA7Vltf0-C9d2Y5GkReeOs");
  EXPECT_EQ(id({{"data", "hello"}}), "5RXR0-ML1PjrrWwLJ-M-HZYpKJlhaEqeBE2AVZ2L92c");
  EXPECT_EQ(id({{"data", "plain"}}), "9MhMV9C-qkF46KQwi7PXmEApW8wQQZ6RlIlteMbL4W8");
  EXPECT_EQ(id({{"a", Map{{"b", "c"}}}}), "22Lbh3LovbeddWH8egWxxVeqBPsop3DfalFSFz-xEHE");
  EXPECT_EQ(id({{"type", "Message"}, {"action", "Eval"}, {"data", "1 + 1"}}),
            "6wirX5OKhIFSPdVJJFti0RaTN9WhGT9XhW_TwnnhLxE");
  EXPECT_EQ(id({{"x", "1"}, {"y", Map{{"z", List{1, "two", Map{{"k", "v"}}}}}}}),
            "KfSvbz7y3O-XjybdiRtB38QsWAH-OGUFX-bo9NFH9wc");
  EXPECT_EQ(id({{"a", "b"}, {"n", 1}}), "0Mk5-7WcTZ9S5H4jkwoq49mjkqAZVSfLV4r5UgkmARE");
}

}  // namespace
}  // namespace ao::codec
