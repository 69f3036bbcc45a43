// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/enclosed.hpp"

#include "ao/message/cbor.hpp"
#include "unit/codec/typed_json.hpp"

namespace ao::codec {
namespace {

using message::DataItem;
using message::Map;
using test::code_of;

class Enclosed : public testing::Test {
 protected:
  static Request recorded(const nlohmann::json& one) {
    Request request;
    request.method = one["method"];
    request.target = one["path"];
    request.form = test::form_of(one["headers"]);
    if (one.contains("body_b64")) request.form.body = test::from_base64(one["body_b64"]);
    return request;
  }

  static Request request_of(const Map& signed_message) {
    Request request;
    request.method = "POST";
    request.target = "/schedule";
    request.form = to_signed_http_form(signed_message).value();
    return request;
  }

  Request transfer() const {
    const Map message{{"type", "Message"},          {"target", kTarget}, {"action", "Transfer"},
                      {"from-process", "somebody"}, {"quantity", 12},    {"data", "two\nlines"}};
    return request_of(commit(message, *key_).value());
  }

  static constexpr const char* kTarget = "VFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFRUVFQ";
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> other_ = crypto::Key::new_ed25519();
};

TEST_F(Enclosed, a_signed_request_says_in_an_item_what_it_said_in_fields) {
  const auto item = enclose(transfer(), Timestamp{});
  ASSERT_TRUE(item) << item.error().text;
  EXPECT_TRUE(item->is_enclosed());
  EXPECT_EQ(item->signer(), key_->address());
  EXPECT_EQ(base64url(item->target()), kTarget);
  EXPECT_EQ(item->data(), "two\nlines");
  EXPECT_EQ(item->tag("Action"), "Transfer");
  EXPECT_EQ(item->tag("Quantity"), "12");
  const Bytes* spelled = nullptr;
  for (const message::Tag& tag : item->tags())
    if (tag.name == "From-Process") spelled = &tag.value;
  ASSERT_NE(spelled, nullptr);
  EXPECT_EQ(*spelled, "somebody");
  EXPECT_TRUE(verify_item(*item));
  const auto read = DataItem::parse(item->bytes());
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->id(), item->id());
  EXPECT_EQ(code_of(read->verify()), "item-enclosed");
}

TEST_F(Enclosed, the_id_is_that_of_the_signature_over_the_fields) {
  const Request request = transfer();
  const auto read = read_request(request, Timestamp{});
  EXPECT_EQ(enclose(request, Timestamp{})->id(), read->commitments.front().id);
}

TEST_F(Enclosed, a_changed_byte_anywhere_is_noticed) {
  const Bytes good = enclose(transfer(), Timestamp{})->bytes();
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    const auto item = DataItem::parse(bad);
    EXPECT_FALSE(item && verify_item(*item)) << "byte " << at;
  }
}

// Somebody who holds a good proof may not say something else beside it.
TEST_F(Enclosed, a_good_proof_does_not_stand_for_other_tags_or_data) {
  const auto good = enclose(transfer(), Timestamp{});
  const auto with = [&](const auto& change) {
    message::Draft draft{Bytes(good->target()), {}, good->tags(), Bytes(good->data())};
    change(draft);
    const auto item =
        DataItem::enclose(draft, good->type(), good->owner(), good->signature(), good->proof());
    return code_of(verify_item(item.value()));
  };
  EXPECT_EQ(with([](message::Draft&) {}), "accepted");
  EXPECT_EQ(with([](message::Draft& draft) {
              draft.tags.push_back({"Extra", "1"});
            }),
            "item-proof");
  EXPECT_EQ(with([](message::Draft& draft) { draft.target[0] ^= 1; }), "item-proof");
  EXPECT_EQ(with([](message::Draft& draft) { draft.anchor = draft.target; }), "item-proof");
  EXPECT_NE(with([](message::Draft& draft) { draft.data = "other"; }), "accepted");
}

TEST_F(Enclosed, every_recorded_request_of_a_client_can_be_enclosed) {
  const auto document = test::fixture("httpsig-requests.json");
  std::size_t enclosed = 0;
  for (const auto& one : document["requests"]) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const auto item = enclose(recorded(one), Timestamp{});
    if (one["expect"] != "accept") {
      EXPECT_FALSE(item);
      continue;
    }
    ASSERT_TRUE(item) << item.error().text;
    EXPECT_EQ(item->id().text(), one["signatures"][0]["commitment_id"]);
    EXPECT_EQ(item->signer().text, one["signatures"][0]["committer"]);
    const auto verified = verify_item(DataItem::parse(item->bytes()).value());
    EXPECT_TRUE(verified) << verified.error().text;
    ++enclosed;
  }
  EXPECT_GT(enclosed, 8u);
}

TEST_F(Enclosed, a_message_that_somebody_signed_within_is_the_one_that_counts) {
  const Map inner{{"type", "Message"}, {"target", kTarget}, {"data", "inner"}};
  const Map cover{{"body", commit(inner, *other_).value()}};
  const auto item = enclose(request_of(commit(cover, *key_, Form::kBundled).value()), Timestamp{});
  ASSERT_TRUE(item) << item.error().text;
  EXPECT_EQ(item->signer(), other_->address());
  EXPECT_EQ(item->data(), "inner");
  const auto verified = verify_item(DataItem::parse(item->bytes()).value());
  EXPECT_TRUE(verified) << verified.error().text;
}

// The recorded one is for a process whose id is not spelled as ids are.
TEST_F(Enclosed, the_commitment_of_a_client_within_is_verified_first) {
  auto document = test::fixture("httpsig-inner.json");
  EXPECT_EQ(code_of(enclose(recorded(document), Timestamp{})), "ans104-target");
  std::string body = test::from_base64(document["body_b64"]);
  body.replace(body.find("data: inner"), 11, "data: other");
  document["body_b64"] = base64(body);
  EXPECT_EQ(code_of(enclose(recorded(document), Timestamp{})), "signature-mismatch");
}

// Else the same message, sent to another name of the node, would be other bytes under one id.
TEST_F(Enclosed, what_nobody_signed_is_not_kept) {
  Request request = transfer();
  const Bytes kept = enclose(request, Timestamp{})->bytes();
  request.authority = "other.example";
  request.target = "/elsewhere?x=1";
  request.form.fields.set("user-agent", "browser");
  EXPECT_EQ(enclose(request, Timestamp{})->bytes(), kept);
}

TEST_F(Enclosed, a_body_that_nobody_signed_is_said_by_who_signed_the_request) {
  const Map cover{{"body", Map{{"type", "Message"}, {"target", kTarget}, {"data", "flat"}}}};
  const auto committed = commit(cover, *key_, Form::kBundled);
  ASSERT_TRUE(committed) << committed.error().text;
  const auto item = enclose(request_of(*committed), Timestamp{});
  ASSERT_TRUE(item) << item.error().text;
  EXPECT_EQ(item->signer(), key_->address());
  EXPECT_EQ(base64url(item->target()), kTarget);
  EXPECT_EQ(item->data(), "flat");
  EXPECT_TRUE(verify_item(DataItem::parse(item->bytes()).value()));
}

TEST_F(Enclosed, who_is_not_one_signer_is_refused) {
  Request nobody;
  nobody.method = "POST";
  nobody.target = "/schedule";
  nobody.form.fields.set("type", "Message");
  EXPECT_EQ(code_of(enclose(nobody, Timestamp{})), "signature-missing");
  const Map once = commit(Map{{"type", "Message"}, {"target", kTarget}}, *key_).value();
  const Map twice = commit(once, *other_).value();
  EXPECT_EQ(code_of(enclose(request_of(twice), Timestamp{})), "signers-many");
}

TEST_F(Enclosed, a_target_that_is_no_id_is_refused) {
  const Map message{{"type", "Message"}, {"target", "nobody"}};
  EXPECT_EQ(code_of(enclose(request_of(commit(message, *key_).value()), Timestamp{})),
            "ans104-target");
}

}  // namespace
}  // namespace ao::codec
