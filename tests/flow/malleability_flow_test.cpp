// What looks like a message, is not quite one, and must not become a second name for one: posted to
// a running node. Each is refused with a reason of its own, none gets a slot.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>

#include "forged_items.hpp"
#include "support/running_node.hpp"
#include "unit/http/running_server.hpp"
#include "unit/message/fixtures.hpp"

namespace ao {
namespace {

using message::Tags;
using test::Parts;

struct Case {
  const char* name;
  Bytes item;
  const char* code;
};

class MalleabilityFlow : public testing::Test {
 protected:
  Parts parts(std::uint16_t type, const Bytes& owner, const Tags& more = {}) const {
    Tags tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"}, {"Type", "Message"}};
    tags.insert(tags.end(), more.begin(), more.end());
    return {type,        owner,       Bytes(process_.bytes()), message::write_tags(tags), "data",
            tags.size(), std::nullopt};
  }
  Parts ed25519(const Tags& more = {}) const { return parts(2, ed25519_.key, more); }
  Parts ethereum() const { return parts(3, ethereum_.key); }

  Bytes sign(const Parts& item) const { return item.with(ed25519_.sign(item.hash())); }

  // Signed, and then told otherwise.
  Bytes sign_then(Parts item, const std::function<void(Parts&)>& change) const {
    const Bytes signature = ed25519_.sign(item.hash());
    change(item);
    return item.with(signature);
  }

  // Signed with the tag area changed: what the signer itself may try.
  Bytes sign_area(const std::function<Bytes(Bytes)>& change) const {
    Parts item = ed25519();
    item.avro = change(std::move(item.avro));
    return sign(item);
  }

  std::vector<Case> rsa_cases() {
    Parts item = parts(1, rsa_->public_key());
    std::optional<Bytes> twin;
    for (int i = 0; i < 200 && !twin; ++i) {
      item.data = std::to_string(i);
      twin = test::sum(rsa_->sign(item.hash()), item.owner);
    }
    EXPECT_TRUE(twin) << "no signature was small enough";
    const Bytes plain = rsa_->sign(item.hash());
    Parts even = item;
    even.owner.back() = static_cast<char>(even.owner.back() & ~1);
    return {
        {"RSA, the modulus added", item.with(*twin), "rsa-signature-range"},
        {"RSA, an even modulus", even.with(plain), "rsa-modulus-even"},
        {"RSA, zero", item.with(Bytes(512, '\0')), "signature-mismatch"},
        {"RSA, PKCS#1 v1.5", recorded("rsa-pkcs1-v1_5"), "signature-mismatch"},
        {"RSA, a salt that no client makes", recorded("rsa-salt-length-20"), "rsa-salt-length"},
        {"RSA, PSS with SHA-512", recorded("rsa-pss-sha512"), "signature-mismatch"},
    };
  }

  std::vector<Case> ed25519_cases() const {
    const Parts item = ed25519();
    const Bytes good = ed25519_.sign(item.hash());
    const Bytes order =
        test::from_hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
    const Bytes s = *test::sum(Bytes(good.rbegin(), good.rbegin() + 32), order);
    const Bytes identity = '\1' + Bytes(31, '\0');
    const Bytes above_p = test::from_hex("ee" + std::string(60, 'f') + "7f");  // 1, spelt as p + 1
    return {
        {"Ed25519, S + L", item.with(good.substr(0, 32) + Bytes(s.rbegin(), s.rend())),
         "ed25519-scalar-range"},
        {"Ed25519, a key of small order", parts(2, identity).with(identity + Bytes(32, '\0')),
         "ed25519-small-order"},
        {"Ed25519, a key above p", parts(2, above_p).with(identity + Bytes(32, '\0')),
         "ed25519-non-canonical"},
        {"Ed25519, R of small order", item.with(ed25519_.sign_with(identity, item.hash())),
         "ed25519-small-order"},
        {"Ed25519, R above p", item.with(ed25519_.sign_with(above_p, item.hash())),
         "ed25519-non-canonical"},
        {"Ed25519, zero", item.with(Bytes(64, '\0')), "ed25519-small-order"},
    };
  }

  std::vector<Case> ethereum_cases() const {
    const Parts item = ethereum();
    const Bytes good = ethereum_.sign(item.hash());
    const auto with_v = [&](int v) { return item.with(good.substr(0, 64) + static_cast<char>(v)); };
    return {
        {"Ethereum, high s", item.with(ethereum_.with_high_s(good)), "ethereum-high-s"},
        {"Ethereum, the other v", with_v(good[64] ^ 27 ^ 28), "ethereum-recovery-id"},
        {"Ethereum, v of 0 or 1", with_v(good[64] - 27), "ethereum-recovery-id"},
        {"Ethereum, zero", item.with(Bytes(64, '\0') + '\x1b'), "ethereum-scalar-range"},
    };
  }

  std::vector<Case> form_cases() const {
    const auto drop_end = [](Bytes area) { return area.substr(0, area.size() - 1); };
    const auto negative = [](int off) {
      return [off](const Bytes& area) {  // count 3 as -3, then the size of the block
        const std::size_t zigzag = 2 * (area.size() - 2 + static_cast<std::size_t>(off));
        Bytes size;
        if (zigzag > 0x7f) size.push_back(static_cast<char>(0x80 | (zigzag & 0x7f)));
        size.push_back(static_cast<char>(zigzag > 0x7f ? zigzag >> 7 : zigzag));
        return '\5' + size + area.substr(1);
      };
    };
    return {
        {"tags, a block longer than it says", sign_area(negative(-1)), "ans104-block-size-wrong"},
        {"tags, a block shorter than it says", sign_area(negative(1)), "ans104-block-size-wrong"},
        {"tags, a count beyond the area",
         sign_area([](const Bytes& area) { return Bytes("\xfe\xff\x7f") + area.substr(1); }),
         "ans104-block-count"},
        {"tags, bytes behind the end", sign_area([](const Bytes& area) { return area + "x"; }),
         "ans104-tags-trailing"},
        {"tags, no end", sign_area(drop_end), "ans104-tags-unterminated"},
        {"tags, a number longer than it need be",
         sign_area([](const Bytes& area) { return Bytes("\x86\0", 2) + area.substr(1); }),
         "ans104-varint-overlong"},
        {"tags, a number over 64 bits", sign_area([](const Bytes& area) {
           return Bytes("\x86") + Bytes(9, '\x80') + '\0' + area.substr(1);
         }),
         "ans104-varint-range"},
        {"one tag too many counted", sign_then(ed25519(), [](Parts& item) { ++item.tag_count; }),
         "ans104-tag-count"},
        {"no tags counted", sign_then(ed25519(), [](Parts& item) { item.tag_count = 0; }),
         "ans104-tag-bytes-unused"},
        {"one tag byte too few",
         sign_then(ed25519(), [](Parts& item) { item.tag_bytes = item.avro.size() - 1; }),
         "ans104-tags-unterminated"},
        {"one tag byte too many",
         sign_then(ed25519(), [](Parts& item) { item.tag_bytes = item.avro.size() + 1; }),
         "ans104-tags-trailing"},
        {"another signature type of the same sizes",
         sign_then(ed25519(), [](Parts& item) { item.type = 4; }), "ans104-type"},
        {"two types", sign(ed25519({{"Type", "Process"}})), "tag-duplicate"},
        {"two types, in another case", sign(ed25519({{"tYPE", "Message"}})), "tag-duplicate"},
        {"two senders", sign(ed25519({{"From-Process", "a"}, {"from-process", "b"}})),
         "tag-duplicate"},
        {"two schedulers", sign(ed25519({{"Scheduler", "a"}, {"Scheduler", "a"}})),
         "tag-duplicate"},
    };
  }

  Bytes recorded(const char* name) const { return test::vector_bytes("ans104-invalid.json", name); }
  std::string current() { return node_.text("/" + process_.text() + "/slot/current"); }

  void expect_refused(const std::vector<Case>& cases) {
    const std::string of_process = "/" + process_.text() + "~process@1.0/push";
    for (const Case& one : cases) {
      SCOPED_TRACE(one.name);
      for (const std::string& target : {of_process, std::string("/push")}) {
        const auto answer = node_.fetch("POST", target, one.item);
        EXPECT_EQ(answer.status, 400u) << answer.body;
        EXPECT_EQ(nlohmann::json::parse(answer.body)["error"]["code"], one.code) << answer.body;
      }
      EXPECT_EQ(current(), slot_) << "it got a slot";
    }
  }

  // The genuine article, which the forgeries differ from by one thing.
  void expect_scheduled(const Bytes& item) {
    slot_ = std::to_string(std::stoi(current()) + 1);
    const auto answer = node_.push_item(process_, item);
    EXPECT_EQ(answer["slot"].dump(), slot_) << answer;
  }

  test::RunningNode node_;
  ProcessId process_ = node_.spawn("");
  std::string slot_ = "0";
  test::Ed25519Secret ed25519_;
  test::EthereumSecret ethereum_;
  std::unique_ptr<crypto::Key> rsa_ =
      *crypto::Key::from_jwk(test::fixture("wallets.json")["rsa1"]["jwk"].dump());
};

TEST_F(MalleabilityFlow, no_forgery_of_an_RSA_signature_gets_a_slot) {
  const Parts item = parts(1, rsa_->public_key());
  expect_scheduled(item.with(rsa_->sign(item.hash())));
  expect_refused(rsa_cases());
}

TEST_F(MalleabilityFlow, no_forgery_of_an_Ed25519_signature_gets_a_slot) {
  expect_scheduled(sign(ed25519()));
  expect_refused(ed25519_cases());
  expect_scheduled(sign(ed25519({{"Action", "Next"}})));
}

TEST_F(MalleabilityFlow, no_forgery_of_an_Ethereum_signature_gets_a_slot) {
  const Parts item = ethereum();
  expect_scheduled(item.with(ethereum_.sign(item.hash())));
  expect_refused(ethereum_cases());
}

TEST_F(MalleabilityFlow, no_second_reading_of_an_items_form_gets_a_slot) {
  expect_scheduled(sign(ed25519()));
  expect_refused(form_cases());
  expect_scheduled(sign(ed25519({{"Action", "Next"}})));
}

// The body is a good message; the request around it can be read in two ways.
TEST_F(MalleabilityFlow, no_request_with_two_readings_gets_a_slot) {
  const Bytes item = sign(ed25519());
  const std::string length = std::to_string(item.size());
  char hex[20];
  std::snprintf(hex, sizeof hex, "%zx", item.size());
  const std::string chunked = std::string(hex) + "\r\n" + item + "\r\n0\r\n\r\n";
  const std::string start = "POST /push HTTP/1.1\r\nHost: a\r\n";
  struct Framed {
    const char* name;
    std::string wire;
    const char* code;
  };
  const Framed requests[] = {
      {"CL and TE",
       start + "Content-Length: " + length + "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
       "http-two-framings"},
      {"two CLs",
       start + "Content-Length: " + length + "\r\nContent-Length: " + length + "\r\n\r\n" + item,
       "http-field-twice"},
      {"two differing CLs",
       start + "Content-Length: 1\r\nContent-Length: " + length + "\r\n\r\n" + item,
       "http-field-twice"},
      {"CL with a sign", start + "Content-Length: +" + length + "\r\n\r\n" + item,
       "http-content-length"},
      {"CL list", start + "Content-Length: " + length + ", " + length + "\r\n\r\n" + item,
       "http-content-length"},
      {"TE identity", start + "Transfer-Encoding: identity\r\n\r\n" + item,
       "http-transfer-encoding"},
      {"TE list", start + "Transfer-Encoding: identity, chunked\r\n\r\n" + chunked,
       "http-transfer-encoding"},
      {"TE twice",
       start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked,
       "http-field-twice"},
      {"TE with a tab", start + "Transfer-Encoding: \vchunked\r\n\r\n" + chunked,
       "http-field-value"},
      {"TE misspelt", start + "Transfer-Encoding: xchunked\r\n\r\n" + chunked,
       "http-transfer-encoding"},
      {"space before the colon", start + "Transfer-Encoding : chunked\r\n\r\n" + chunked,
       "http-field-name"},
      {"bare LF in the head",
       "POST /push HTTP/1.1\nHost: a\nContent-Length: " + length + "\n\n" + item,
       "http-bare-line-feed"},
      {"bare LF in a chunk",
       start + "Transfer-Encoding: chunked\r\n\r\n" + hex + "\n" + item + "\r\n0\r\n\r\n",
       "http-chunk-line-feed"},
      {"a signed chunk size", start + "Transfer-Encoding: chunked\r\n\r\n+" + chunked,
       "http-chunk-size"},
  };
  for (const auto& [name, wire, code] : requests) {
    SCOPED_TRACE(name);
    http::RawPeer peer(node_.port());
    peer.say(wire);
    const http::Answer answer = peer.hear();
    EXPECT_EQ(answer.status, 400);
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    ASSERT_TRUE(body.contains("error")) << answer.body;
    EXPECT_EQ(body["error"]["code"], code) << answer.body;
    EXPECT_TRUE(peer.is_closed()) << "what follows on this connection could be anybody's";
    EXPECT_EQ(current(), "0");
  }
  expect_scheduled(item);
}

}  // namespace
}  // namespace ao
