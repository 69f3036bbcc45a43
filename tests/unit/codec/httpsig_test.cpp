// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/httpsig.hpp"

#include <algorithm>

#include "ao/codec/structured.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/message/json.hpp"
#include "tabm_ids.hpp"
#include "unit/codec/typed_json.hpp"
#include "unit/message/random_message.hpp"

namespace ao::codec {
namespace {

using message::Link;
using message::List;
using message::Map;
using message::Value;
using test::code_of;

class Httpsig : public testing::Test {
 protected:
  static Request request_of(const Map& signed_message) {
    Request request;
    request.method = "POST";
    request.target = "/schedule";
    request.form = to_signed_http_form(signed_message).value();
    return request;
  }

  static Map without_commitments(Map message) {
    message.remove("commitments");
    return message;
  }

  std::string verdict(Request request) { return code_of(read_request(request, Timestamp{})); }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> other_ = crypto::Key::new_ed25519();
};

TEST_F(Httpsig, a_signed_message_survives_http_and_still_verifies) {
  test::RandomMessages random(31);
  for (int i = 0; i < 300; ++i) {
    const Map message = random.next();
    for (const Form form : {Form::kLinked, Form::kBundled}) {
      const auto committed = commit(message, *key_, form);
      ASSERT_TRUE(committed) << committed.error().text;
      const auto verified = verify(*committed);
      ASSERT_TRUE(verified) << verified.error().text;
      ASSERT_EQ(verified->front().committer, key_->address());
      const auto read = read_request(request_of(*committed), Timestamp{});
      ASSERT_TRUE(read) << read.error().text;
      ASSERT_EQ(read->commitments.front().id, verified->front().id);
      const auto tabm = to_tabm(message);
      const Map sent = form == Form::kBundled ? *tabm : *linked(*tabm);
      ASSERT_EQ(read->tabm, sent) << message::to_json(read->tabm) << '\n' << message::to_json(sent);
      if (form == Form::kLinked) continue;
      ASSERT_EQ(*message_from_tabm(read->tabm), message);
    }
  }
}

TEST_F(Httpsig, the_id_is_the_same_with_children_within_or_linked) {
  test::RandomMessages random(32);
  for (int i = 0; i < 200; ++i) {
    const Map message = random.next();
    const auto links = linked(*to_tabm(message));
    ASSERT_EQ(*uncommitted_id(message), *uncommitted_tabm_id(*links, Form::kLinked));
    ASSERT_EQ(*uncommitted_id(*message_from_tabm(*links)), *uncommitted_id(message));
  }
  const Map nested{{"a", Map{{"b", "c"}}}};
  EXPECT_NE(*uncommitted_id(nested), *uncommitted_id(nested, Form::kBundled));
}

TEST_F(Httpsig, a_nested_message_that_is_signed_is_linked_by_its_signed_id) {
  const Map inner{{"b", "c"}};
  const Map signed_inner = *commit(inner, *other_);
  const MessageId id = verify(signed_inner)->front().id;
  EXPECT_EQ(*message_id(signed_inner), id);
  EXPECT_EQ(*uncommitted_id({{"a", signed_inner}}), *uncommitted_id({{"a", Link{id}}}));
  EXPECT_NE(*uncommitted_id({{"a", signed_inner}}), *uncommitted_id({{"a", inner}}));
  // Bundled, the inner commitments travel along.
  const auto read =
      read_request(request_of(*commit({{"a", signed_inner}}, *key_, Form::kBundled)), Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  const auto inner_signers = verify_tabm(*read->tabm.find("a")->map());
  ASSERT_TRUE(inner_signers) << inner_signers.error().text;
  EXPECT_EQ(inner_signers->front().committer, other_->address());
}

TEST_F(Httpsig, a_dangling_link_is_signed_like_any_text) {
  const MessageId id = *MessageId::from_bytes(Bytes(32, '\5'));
  const Map message{{"submap", Link{id}}, {"x", "y"}};
  EXPECT_TRUE(verify(*commit(message, *key_)));
  const auto read = read_request(request_of(*commit(message, *key_)), Timestamp{});
  EXPECT_EQ(*message_from_tabm(read->tabm), message);
}

TEST_F(Httpsig, two_signers_verify_in_any_order_and_their_ids_add_up) {
  const Map message{{"basic", "value"}, {"n", 1}};
  const Map one_two = *commit(*commit(message, *key_), *other_);
  const Map two_one = *commit(*commit(message, *other_), *key_);
  ASSERT_EQ(verify(one_two)->size(), 2u);
  EXPECT_EQ(*message_id(one_two), *message_id(two_one));
  EXPECT_NE(*message_id(one_two), *message_id(*commit(message, *key_)));
  EXPECT_EQ(*uncommitted_id(one_two), *uncommitted_id(message));
  const auto read = read_request(request_of(one_two), Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->commitments.size(), 2u);
}

TEST_F(Httpsig, every_key_of_a_signed_message_is_covered) {
  Map message = *commit(
      {{"very", ""}, {"exciting", Map{}}, {"values", List{}}, {"non-empty", "TEST"}}, *key_);
  EXPECT_EQ(verify(message)->front().committed,
            (std::vector<Bytes>{"exciting", "non-empty", "values", "very"}));
  message.set("bad-key", "x");
  EXPECT_EQ(code_of(verify(message)), "accepted");  // which does not make it covered
  EXPECT_EQ(with_only_committed(message)->find("bad-key"), nullptr);
  message.set("very", "changed");
  EXPECT_EQ(code_of(verify(message)), "signature-mismatch");
  EXPECT_EQ(code_of(verify(without_commitments(message))), "signature-missing");
}

TEST_F(Httpsig, a_mac_is_no_signature) {
  Map message = *commit({{"a", "b"}}, *key_);
  auto commitments = *commitments_of(message);
  std::erase_if(commitments, [](const Commitment& one) { return one.committer.has_value(); });
  ASSERT_EQ(commitments.size(), 1u);
  set_commitments(message, commitments);
  EXPECT_EQ(code_of(verify(message)), "signature-missing");
  commitments[0].committer = key_->address();  // and claiming a committer makes it none
  set_commitments(message, commitments);
  EXPECT_EQ(code_of(verify(message)), "commitment-id");
}

TEST_F(Httpsig, a_commitment_under_another_id_or_committer_is_refused) {
  const Map message = *commit({{"a", "b"}}, *key_);
  const auto commitments = *commitments_of(message);
  for (const Commitment& one : commitments) {
    if (!one.committer) continue;
    Map changed = message;
    Commitment other = one;
    other.id = *MessageId::from_bytes(Bytes(32, '\1'));
    set_commitments(changed, {other});
    EXPECT_EQ(code_of(verify(changed)), "commitment-id");
    other = one;
    other.committer = other_->address();
    set_commitments(changed, {other});
    EXPECT_EQ(code_of(verify(changed)), "commitment-id");
  }
}

// With a line feed inside a field, {a: "1", b: "2\n\"b\": 3"} and {a: "1\n\"b\": 2", b: "3"} would
// have one base.
TEST_F(Httpsig, two_messages_never_share_a_base_through_a_line_feed) {
  const Map one{{"a", "1"}, {"b", "2\n\"b\": 3"}};
  const Map two{{"a", "1\n\"b\": 2"}, {"b", "3"}};
  EXPECT_NE(*uncommitted_id(one), *uncommitted_id(two));
  Map forged = *commit(one, *key_);
  forged.set("a", *two.find("a"));
  forged.set("b", *two.find("b"));
  EXPECT_EQ(code_of(verify(forged)), "signature-mismatch");
}

TEST_F(Httpsig, a_header_that_no_signer_covers_is_not_of_the_message) {
  Request request = request_of(*commit({{"action", "Eval"}, {"data", "1+1"}}, *key_));
  request.form.fields.set("x-forwarded-for", "1.2.3.4");
  request.form.fields.set("target", "evil");
  const auto read = read_request(request, Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->tabm, (Map{{"action", "Eval"}, {"data", "1+1"}}));
}

TEST_F(Httpsig, a_body_that_no_signer_covers_is_not_of_the_message) {
  Request request = request_of(*commit({{"action", "Eval"}}, *key_));
  request.form.body = "smuggled";
  const auto read = read_request(request, Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->tabm, (Map{{"action", "Eval"}}));
}

TEST_F(Httpsig, every_part_of_a_request_that_is_signed_is_guarded) {
  const Request good = request_of(*commit({{"action", "Eval"}, {"data", "1+1"}}, *key_));
  ASSERT_EQ(verdict(good), "accepted");
  const auto with = [&](const char* name, const Bytes& value) {
    Request changed = good;
    changed.form.fields.set(name, value);
    return verdict(changed);
  };
  const Bytes input(Value(good.form.fields).text("signature-input"));
  const Bytes signature(Value(good.form.fields).text("signature"));
  const auto replaced = [](Bytes text, BytesView from, BytesView to) {
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_EQ(with("action", "Evil"), "signature-mismatch");
  EXPECT_EQ(with("content-digest", content_digest("2+2")), "content-digest-mismatch");
  EXPECT_EQ(with("content-digest", "sha-512=:AAAA:"), "content-digest-malformed");
  EXPECT_EQ(with("content-digest", "sha-256"), "content-digest-malformed");
  EXPECT_EQ(with("signature-input", replaced(input, "\"action\"", "\"gone\"")),
            "signature-component-missing");
  EXPECT_EQ(with("signature-input", replaced(input, "\"action\"", "\"action\" \"action\"")),
            "signature-component-twice");
  EXPECT_EQ(with("signature-input", replaced(input, "\"action\"", "\"action\";sf")),
            "signature-component-unknown");
  EXPECT_EQ(with("signature-input", replaced(input, "\"action\"", "action")),
            "signature-input-malformed");
  EXPECT_EQ(with("signature-input", replaced(input, "keyid=", "keyed=")),
            "signature-input-malformed");
  EXPECT_EQ(with("signature-input", replaced(input, "ed25519", "rsa-v1_5-sha256")),
            "signature-algorithm");
  EXPECT_EQ(with("signature-input", replaced(input, "ed25519", "rsa-pss-sha512")),
            "signature-keyid");
  EXPECT_EQ(with("signature-input", input + ";expires=-1"), "signature-expired");
  EXPECT_EQ(with("signature-input", input + ";expires=99"), "signature-mismatch");
  EXPECT_EQ(with("signature-input", input + ", " + input), "signature-input-malformed");
  EXPECT_EQ(with("signature-input", input + ", other=(\"action\");keyid=\"ao\""),
            "signature-malformed");
  EXPECT_EQ(with("signature", signature + ", other=:AAAA:"), "signature-input-malformed");
  EXPECT_EQ(with("signature", "sig=1"), "signature-malformed");
  EXPECT_EQ(with("signature", "nonsense?"), "signature-malformed");
  Request bare = good;
  bare.form.fields.remove("signature-input");
  EXPECT_EQ(verdict(bare), "signature-input-malformed");
}

TEST_F(Httpsig, an_hmac_needs_the_key_that_everyone_knows) {
  Request request;
  request.form.fields = {{"a", "b"}};
  for (const Bytes keyid : {"ao", "constant:ao"}) {
    const Bytes params = "(\"a\");alg=\"hmac-sha256\";keyid=\"" + keyid + '"';
    const Bytes base = "\"a\": b\n\"@signature-params\": " + params;
    request.form.fields.set("signature-input", "s=" + params);
    request.form.fields.set("signature",
                            "s=:" + base64(crypto::view(crypto::hmac_sha256(keyid, base))) + ':');
    const auto read = read_request(request, Timestamp{});
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_FALSE(read->is_signed());
    request.form.fields.set("a", "c");
    EXPECT_EQ(verdict(request), "signature-mismatch");
    request.form.fields.set("a", "b");
  }
}

// RFC 9421 §2.2: what its own libraries sign has the @ in the line too, and the request's values.
TEST_F(Httpsig, takes_the_derived_components_of_the_standard) {
  Request request;
  request.method = "POST";
  request.target = "/p/push?x=1";
  request.authority = "node.example";
  request.form.fields = {{"a", "b"}};
  const Bytes params = "(\"@method\" \"@path\" \"@query\" \"@authority\" \"a\");keyid=\"" +
                       base64(key_->public_key()) + "\";alg=\"ed25519\"";
  const Bytes base =
      "\"@method\": POST\n\"@path\": /p/push\n\"@query\": ?x=1\n\"@authority\": "
      "node.example\n\"a\": b\n"
      "\"@signature-params\": " +
      params;
  request.form.fields.set("signature-input", "s=" + params);
  request.form.fields.set("signature", "s=:" + base64(key_->sign_http(base)) + ':');
  EXPECT_EQ(verdict(request), "accepted");
  request.target = "/q/push?x=1";
  EXPECT_EQ(verdict(request), "signature-mismatch");
  // The base that is compared is the one in the client's own dialect.
  EXPECT_EQ(difference(signature_bases(request)->front(), base),
            "line 2: this node has '\"@path\": /q/push', the client has '\"@path\": /p/push'");
}

TEST_F(Httpsig, a_client_can_see_which_component_differs) {
  const Request request = request_of(*commit({{"action", "Eval"}, {"type", "Message"}}, *key_));
  const auto bases = signature_bases(request);
  ASSERT_TRUE(bases);
  ASSERT_EQ(bases->size(), 1u);
  Bytes theirs = (*bases)[0].texts.front();
  EXPECT_EQ(difference(bases->front(), theirs), "");
  theirs.replace(theirs.find("Eval"), 4, "eval");
  EXPECT_EQ(difference(bases->front(), theirs),
            "line 1: this node has '\"action\": Eval', the client has '\"action\": eval'");
}

// A message within a message, signed by a client of the JavaScript library, as it was recorded.
TEST_F(Httpsig, the_commitments_that_clients_put_within_are_verified) {
  const auto recorded = test::fixture("httpsig-inner.json");
  Request request;
  request.method = recorded["method"];
  request.target = recorded["path"];
  request.form = test::form_of(recorded["headers"]);
  request.form.body = test::from_base64(recorded["body_b64"]);
  const auto read = read_request(request, Timestamp{});
  ASSERT_TRUE(read) << read.error().text;
  Map inner = *read->tabm.find("body")->map();
  const auto signers = verify_tabm(inner);
  ASSERT_TRUE(signers) << signers.error().text;
  ASSERT_EQ(signers->size(), 1u);
  EXPECT_EQ(signers->front().committer->text, recorded["committer"]);
  inner.set("data", "changed");
  EXPECT_NE(code_of(verify_tabm(inner)), "accepted");
}

}  // namespace
}  // namespace ao::codec
