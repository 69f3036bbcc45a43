// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/key_text.hpp"

#include <gtest/gtest.h>

#include "unit/message/fixtures.hpp"

namespace ao::crypto {
namespace {

using nlohmann::json;
using test::code_of;

const json& wallets() {
  static const json all = test::fixture("wallets.json");
  return all;
}

// One key of each type, as it was recorded.
std::vector<std::unique_ptr<Key>> recorded_keys() {
  std::vector<std::unique_ptr<Key>> keys;
  keys.push_back(read_key(wallets()["rsa1"]["jwk"].dump()).value());
  keys.push_back(
      read_key(wallets()["ed25519"]["seed_hex"].get<std::string>(), SignatureType::kEd25519)
          .value());
  keys.push_back(read_key(wallets()["ethereum"]["private_hex"].get<std::string>()).value());
  return keys;
}

void expect_fault(std::string_view text, std::string_view named,
                  SignatureType type = SignatureType::kEthereum) {
  const auto key = read_key(text, type);
  ASSERT_EQ(code_of(key), "key-malformed") << text;
  EXPECT_NE(key.error().text.find(named), std::string::npos) << key.error().text;
}

// RFC 8410, §10.3.
constexpr std::string_view kEd25519Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
// From `openssl genpkey`, and nobody's.
constexpr std::string_view kP256Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg6msD5t/4+b6Wzv5C\n"
    "hLyvhqy0Hs0VLe3xK+RYrmSfCNehRANCAARfM2AtwE7Sl5zJIHx+PnSIsPViqx1J\n"
    "HykE1MkRigmy4xOvgPlxkBrZUy1ccNzS74gQjkDAvxKBCEvgerXl8Wby\n"
    "-----END PRIVATE KEY-----\n";

TEST(KeyText, of_the_recorded_wallets_gives_their_addresses) {
  const auto keys = recorded_keys();
  EXPECT_EQ(keys[0]->address().text, wallets()["rsa1"]["address"]);
  EXPECT_EQ(keys[1]->address().text, wallets()["ed25519"]["address"]);
  EXPECT_EQ(keys[2]->address().text, wallets()["ethereum"]["address_eip55"]);
  EXPECT_EQ(base64url(keys[2]->public_key()), wallets()["ethereum"]["public_uncompressed_b64u"]);
}

TEST(KeyText, in_every_format_reads_back_as_the_same_key) {
  for (const auto& key : recorded_keys())
    for (const auto format : {KeyFormat::kJwk, KeyFormat::kPem, KeyFormat::kHex}) {
      const auto text = private_text(*key, format);
      if (key->type() == SignatureType::kArweave && format == KeyFormat::kHex) {
        EXPECT_EQ(code_of(text), "key-format");
        continue;
      }
      ASSERT_TRUE(text) << text.error().text;
      const auto copy = read_key("\n " + *text + "\r\n", key->type());
      ASSERT_TRUE(copy) << copy.error().text;
      EXPECT_EQ((*copy)->type(), key->type());
      EXPECT_EQ((*copy)->public_key(), key->public_key());
      EXPECT_EQ((*copy)->sign("m"), key->sign("m"));
    }
}

TEST(KeyText, of_the_public_part_has_nothing_private_and_is_no_key_to_import) {
  for (const auto& key : recorded_keys()) {
    const json jwk = json::parse(public_text(*key, KeyFormat::kJwk));
    for (const char* member : {"d", "p", "q", "dp", "dq", "qi"})
      EXPECT_FALSE(jwk.contains(member)) << jwk.dump();
    EXPECT_TRUE(jwk.contains(key->type() == SignatureType::kArweave ? "n" : "x"));
    EXPECT_EQ(public_text(*key, KeyFormat::kHex), hex(key->public_key()));
    const std::string pem = public_text(*key, KeyFormat::kPem);
    EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\n")) << pem;
    expect_fault(pem, "public key");
    expect_fault(jwk.dump(), "\"d\"");
  }
}

TEST(KeyText, in_PEM_as_others_write_it_is_read) {
  const auto key = read_key(kEd25519Pem);
  ASSERT_TRUE(key) << key.error().text;
  EXPECT_EQ(hex((*key)->public_key()),
            "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
}

TEST(KeyText, in_digits_may_start_with_0x_and_be_in_capitals) {
  const std::string digits = wallets()["ethereum"]["private_hex"];
  std::string capitals = digits;
  for (char& c : capitals)
    c = static_cast<char>(std::toupper(c));
  for (const std::string& text : {"0x" + digits, "0X" + capitals, capitals})
    EXPECT_EQ(read_key(text).value()->address().text, wallets()["ethereum"]["address_eip55"]);
}

TEST(KeyText, that_is_no_key_says_what_is_wrong_and_repeats_none_of_it) {
  const std::string digits = wallets()["ethereum"]["private_hex"];
  expect_fault("", "empty");
  expect_fault(" \n", "empty");
  expect_fault(digits.substr(1), "63 hexadecimal digits; it must have 64");
  expect_fault(digits + "0", "65 hexadecimal digits");
  expect_fault("correct horse battery staple", "neither");
  expect_fault(std::string(64, '0'), "order of secp256k1");
  expect_fault("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
               "order of secp256k1");
  expect_fault(digits, "RSA", SignatureType::kArweave);
  expect_fault("{}", "\"kty\"");
  expect_fault(R"({"kty":"EC","crv":"P-256"})", "secp256k1");
  expect_fault("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END", "encrypted");
  expect_fault("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key");
  expect_fault(kP256Pem, "secp256k1");
  EXPECT_EQ(read_key(digits.substr(1) + "z").error().text.find(digits.substr(1, 20)),
            std::string::npos);
}

TEST(KeyText, of_an_Ethereum_JWK_names_the_coordinate_that_is_wrong) {
  const auto key = read_key(wallets()["ethereum"]["private_hex"].get<std::string>()).value();
  const json jwk = json::parse(key->jwk());
  EXPECT_EQ(jwk["kty"], "EC");
  EXPECT_EQ(jwk["crv"], "secp256k1");
  for (const std::string member : {"x", "y", "d"}) {
    json changed = jwk;
    changed[member] = base64url(Bytes(32, '\1'));
    expect_fault(changed.dump(), member == "y" ? "\"y\"" : "\"x\"");
    changed[member] = base64url(Bytes(31, '\1'));
    expect_fault(changed.dump(), '"' + member + '"');
    changed.erase(member);
    expect_fault(changed.dump(), '"' + member + '"');
  }
}

}  // namespace
}  // namespace ao::crypto
