// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/signature.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <random>

#include "ao/crypto/digest.hpp"
#include "ao/crypto/key.hpp"
#include "support/forger.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::crypto {
namespace {

using test::code_of;
using test::from_hex;
using test::octets;
using test::sum;

const Bytes kMessage(48, 'm');

std::string verdict(SignatureType type, BytesView key, BytesView signature,
                    BytesView message = kMessage) {
  return code_of(verify(type, key, signature, message));
}

std::unique_ptr<Key> wallet(const std::string& name) {
  return Key::from_jwk(test::fixture("wallets.json")[name]["jwk"].dump()).value();
}

TEST(SignatureTypes, are_a_closed_table) {
  for (std::uint16_t number = 0; number < 2000; ++number)
    EXPECT_EQ(signature_type(number).has_value(), number >= 1 && number <= 3) << number;
}

TEST(Addresses, are_those_of_the_recorded_wallets) {
  const auto wallets = test::fixture("wallets.json");
  const auto ed25519 = from_base64url(wallets["ed25519"]["public_b64u"].get<std::string>());
  const auto ethereum =
      from_base64url(wallets["ethereum"]["public_uncompressed_b64u"].get<std::string>());
  EXPECT_EQ(wallet("rsa1")->address().text, wallets["rsa1"]["address"]);
  EXPECT_EQ(address_of(SignatureType::kEd25519, *ed25519).text, wallets["ed25519"]["address"]);
  EXPECT_EQ(address_of(SignatureType::kEthereum, *ethereum).text,
            wallets["ethereum"]["address_eip55"]);
}

TEST(Verify, refuses_keys_and_signatures_of_another_size) {
  for (const auto type :
       {SignatureType::kArweave, SignatureType::kEd25519, SignatureType::kEthereum}) {
    const auto sizes = sizes_of(type);
    const Bytes key(sizes.public_key, '\1');
    const Bytes signature(sizes.signature, '\1');
    const std::string key_size = type == SignatureType::kArweave ? "rsa-modulus-size" : "key-size";
    EXPECT_EQ(verdict(type, key + "x", signature), key_size);
    EXPECT_EQ(verdict(type, "", signature), key_size);
    EXPECT_EQ(verdict(type, key, signature + "x"), "signature-size");
    EXPECT_EQ(verdict(type, key, ""), "signature-size");
  }
}

class Rsa : public testing::Test {
 protected:
  std::unique_ptr<Key> key_ = wallet("rsa1");
  Bytes signature_ = key_->sign(kMessage);

  std::string verdict_of(BytesView modulus, BytesView signature) const {
    return verdict(SignatureType::kArweave, modulus, signature);
  }
};

TEST_F(Rsa, accepts_what_the_key_signed_and_no_other_message) {
  EXPECT_EQ(verdict_of(key_->public_key(), signature_), "accepted");
  EXPECT_EQ(verdict(SignatureType::kArweave, key_->public_key(), signature_, Bytes(48, 'n')),
            "signature-mismatch");
  EXPECT_EQ(verdict_of(wallet("rsa2")->public_key(), Bytes(1, '\0') + signature_.substr(1)),
            "signature-mismatch");
}

TEST_F(Rsa, refuses_a_short_and_an_even_modulus) {
  Bytes is_short = key_->public_key();
  is_short[0] = 0x7f;
  EXPECT_EQ(verdict_of(is_short, signature_), "rsa-modulus-size");
  Bytes even = key_->public_key();
  even.back() = static_cast<char>(even.back() & ~1);
  EXPECT_EQ(verdict_of(even, signature_), "rsa-modulus-even");
  EXPECT_EQ(verdict_of(Bytes(512, '\0'), Bytes(512, '\0')), "rsa-modulus-size");
}

TEST_F(Rsa, refuses_a_signature_with_the_modulus_added_to_it) {
  const Bytes& modulus = key_->public_key();
  std::optional<Bytes> twin;
  for (int i = 0; i < 200 && !twin; ++i)
    twin = sum(key_->sign(std::to_string(i)), modulus);
  ASSERT_TRUE(twin) << "no signature was small enough";
  EXPECT_EQ(verdict_of(modulus, *twin), "rsa-signature-range");
  EXPECT_EQ(verdict_of(modulus, modulus), "rsa-signature-range");
  EXPECT_EQ(verdict_of(modulus, Bytes(512, '\xff')), "rsa-signature-range");
}

TEST_F(Rsa, refuses_zero_one_and_every_flipped_bit_of_a_byte) {
  Bytes one(512, '\0');
  EXPECT_EQ(verdict_of(key_->public_key(), one), "signature-mismatch");
  one.back() = 1;
  EXPECT_EQ(verdict_of(key_->public_key(), one), "signature-mismatch");
  for (int bit = 0; bit < 8; ++bit) {
    Bytes changed = signature_;
    changed[300] = static_cast<char>(changed[300] ^ (1 << bit));
    EXPECT_EQ(verdict_of(key_->public_key(), changed), "signature-mismatch");
  }
}

TEST_F(Rsa, signs_HTTP_messages_with_a_fresh_salt_each) {
  ASSERT_EQ(key_->http_algorithm(), HttpAlgorithm::kRsaPssSha512);
  const Bytes signature = key_->sign_http("base");
  EXPECT_NE(signature, key_->sign_http("base"));
  const auto verdict_on = [&](BytesView modulus, BytesView bytes, BytesView base) {
    return code_of(verify(HttpAlgorithm::kRsaPssSha512, modulus, bytes, base));
  };
  EXPECT_EQ(verdict_on(key_->public_key(), signature, "base"), "accepted");
  EXPECT_EQ(verdict_on(key_->public_key(), signature, "other"), "signature-mismatch");
  EXPECT_EQ(verdict_on(key_->public_key(), key_->sign("base"), "base"), "signature-mismatch");
  EXPECT_EQ(verdict_of(key_->public_key(), key_->sign_http(kMessage)), "signature-mismatch");
  EXPECT_EQ(verdict_on(key_->public_key(), key_->public_key(), "base"), "rsa-signature-range");
  EXPECT_EQ(verdict_on(Bytes(512, '\xfe'), signature, "base"), "rsa-modulus-even");
  EXPECT_EQ(verdict_on("", signature, "base"), "rsa-modulus-size");
  EXPECT_EQ(verdict_on(key_->public_key(), "", "base"), "signature-size");
}

TEST_F(Rsa, still_knows_a_key_after_more_keys_than_it_remembers) {
  std::mt19937 random(2);
  for (int i = 0; i < 200; ++i) {
    Bytes modulus(512, '\0');
    for (char& c : modulus)
      c = static_cast<char>(random());
    modulus.front() = static_cast<char>(0xff);
    modulus.back() = static_cast<char>(modulus.back() | 1);
    EXPECT_EQ(verdict_of(modulus, signature_), "signature-mismatch");
  }
  EXPECT_EQ(verdict_of(key_->public_key(), signature_), "accepted");
}

class Ed25519 : public testing::Test {
 protected:
  std::unique_ptr<Key> key_ = Key::new_ed25519();
  Bytes signature_ = key_->sign(kMessage);

  static std::string verdict_of(BytesView key, BytesView signature) {
    return verdict(SignatureType::kEd25519, key, signature);
  }
};

TEST_F(Ed25519, accepts_the_first_vectors_of_RFC_8032) {
  EXPECT_EQ(
      verdict(
          SignatureType::kEd25519,
          from_hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
          from_hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a3"
                   "3bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
          ""),
      "accepted");
  EXPECT_EQ(
      verdict(
          SignatureType::kEd25519,
          from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"),
          from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15"
                   "996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
          "\x72"),
      "accepted");
}

TEST_F(Ed25519, signs_HTTP_messages_as_any_others) {
  ASSERT_EQ(key_->http_algorithm(), HttpAlgorithm::kEd25519);
  const Bytes signature = key_->sign_http("base");
  EXPECT_EQ(signature, key_->sign("base"));
  const auto verdict_on = [&](BytesView bytes, BytesView base) {
    return code_of(verify(HttpAlgorithm::kEd25519, key_->public_key(), bytes, base));
  };
  EXPECT_EQ(verdict_on(signature, "base"), "accepted");
  EXPECT_EQ(verdict_on(signature, "other"), "signature-mismatch");
  EXPECT_EQ(verdict_on(signature + "x", "base"), "signature-size");
}

// The points of order 8 or less, and encodings of them with y >= p or with a sign of x = 0.
const std::string kZeros(60, '0'), kOnes(60, 'f');
const std::vector<std::string> kSmallOrder = {
    "0100" + kZeros,
    "0000" + kZeros,
    "ecff" + kOnes.substr(2) + "7f",
    "00" + kZeros + "80",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"};
const std::vector<std::string> kNonCanonical = {"01" + kZeros + "80",
                                                "ecff" + kOnes.substr(2) + "ff",
                                                "edff" + kOnes.substr(2) + "7f",
                                                "edff" + kOnes.substr(2) + "ff",
                                                "eeff" + kOnes.substr(2) + "7f",
                                                "eeff" + kOnes.substr(2) + "ff",
                                                "ffff" + kOnes.substr(2) + "7f"};

TEST_F(Ed25519, refuses_small_order_and_non_canonical_keys_whatever_they_sign) {
  // R = identity and S = 0 hold for every message under the identity as key.
  const Bytes signature = from_hex("0100" + kZeros) + Bytes(32, '\0');
  for (const std::string& text : kSmallOrder)
    EXPECT_EQ(verdict_of(from_hex(text), signature), "ed25519-small-order") << text;
  for (const std::string& text : kNonCanonical)
    EXPECT_EQ(verdict_of(from_hex(text), signature), "ed25519-non-canonical") << text;
}

TEST_F(Ed25519, refuses_small_order_and_non_canonical_R) {
  const Bytes s = signature_.substr(32);
  for (const std::string& text : kSmallOrder)
    EXPECT_EQ(verdict_of(key_->public_key(), from_hex(text) + s), "ed25519-small-order") << text;
  for (const std::string& text : kNonCanonical)
    EXPECT_EQ(verdict_of(key_->public_key(), from_hex(text) + s), "ed25519-non-canonical") << text;
}

TEST_F(Ed25519, refuses_a_key_off_the_curve) {
  Bytes key(32, '\0');
  key[0] = 2;  // no x belongs to this y
  EXPECT_EQ(verdict_of(key, signature_), "ed25519-key-malformed");
}

TEST_F(Ed25519, refuses_S_plus_the_group_order) {
  Bytes order = from_hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed");
  Bytes s(signature_.rbegin(), signature_.rbegin() + 32);
  for (int times = 0; times < 3; ++times) {
    s = sum(s, order).value();
    const Bytes twin = signature_.substr(0, 32) + Bytes(s.rbegin(), s.rend());
    EXPECT_EQ(verdict_of(key_->public_key(), twin), "ed25519-scalar-range") << times;
  }
  EXPECT_EQ(verdict_of(key_->public_key(), signature_), "accepted");
}

// The signer alone can make such a signature, S = k·a; it holds by the bare equation.
TEST_F(Ed25519, refuses_a_small_order_R_even_from_the_signer) {
  Bytes seed(32, 's'), key(32, '\0'), secret(64, '\0'), hash(64, '\0');
  crypto_sign_seed_keypair(octets(key), octets(secret), octets(seed));
  crypto_hash_sha512(octets(hash), octets(seed), seed.size());
  Bytes a = hash.substr(0, 32);
  a[0] = static_cast<char>(a[0] & 248);
  a[31] = static_cast<char>((a[31] & 127) | 64);
  Bytes r(32, '\0');
  r[0] = 1;
  const Bytes covered = r + key + kMessage;
  Bytes k(32, '\0'), s(32, '\0');
  crypto_hash_sha512(octets(hash), octets(covered), covered.size());
  crypto_core_ed25519_scalar_reduce(octets(k), octets(hash));
  crypto_core_ed25519_scalar_mul(octets(s), octets(k), octets(a));
  EXPECT_EQ(verdict_of(key, r + s), "ed25519-small-order");

  // That it would hold otherwise: S·B = k·A.
  Bytes left(32, '\0'), right(32, '\0');
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(octets(left), octets(s)), 0);
  ASSERT_EQ(crypto_scalarmult_ed25519_noclamp(octets(right), octets(k), octets(key)), 0);
  EXPECT_EQ(left, right);
}

TEST_F(Ed25519, refuses_every_flipped_bit) {
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Bytes changed = signature_;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(verdict_of(key_->public_key(), changed), "accepted") << bit;
  }
}

class Ethereum : public testing::Test {
 protected:
  Bytes sign(const Bytes& message) const { return secret_.sign(message); }

  std::string verdict_of(BytesView signature, BytesView message = kMessage) const {
    return verdict(SignatureType::kEthereum, secret_.key, signature, message);
  }

  test::EthereumSecret secret_{
      from_hex(test::fixture("wallets.json")["ethereum"]["private_hex"].get<std::string>())};
};

TEST_F(Ethereum, accepts_personal_messages_of_any_length) {
  for (const std::size_t size : {0U, 9U, 48U, 100U, 5000U}) {
    const Bytes message(size, 'x');
    EXPECT_EQ(verdict_of(sign(message), message), "accepted") << size;
    EXPECT_EQ(verdict_of(sign(message), message + "y"), "signature-mismatch") << size;
  }
}

TEST_F(Ethereum, refuses_every_v_but_the_right_one) {
  for (int i = 0; i < 8; ++i) {  // both parities of R come up
    const Bytes message = std::to_string(i);
    Bytes signature = sign(message);
    const char right = signature[64];
    for (int v = 0; v < 256; ++v) {
      signature[64] = static_cast<char>(v);
      EXPECT_EQ(verdict_of(signature, message), v == right ? "accepted" : "ethereum-recovery-id")
          << v;
    }
  }
}

TEST_F(Ethereum, refuses_a_high_s_with_either_v) {
  Bytes high = secret_.with_high_s(sign(kMessage));
  for (const char v : {'\x1b', '\x1c'}) {
    high[64] = v;
    EXPECT_EQ(verdict_of(high), "ethereum-high-s");
  }
}

TEST_F(Ethereum, refuses_zero_and_oversized_numbers) {
  const Bytes signature = sign(kMessage);
  const Bytes order = from_hex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  const Bytes zero(32, '\0');
  const Bytes r = signature.substr(0, 32), s = signature.substr(32, 32), v = signature.substr(64);
  for (const Bytes& bad : {zero + s + v, r + zero + v, order + s + v, r + order + v})
    EXPECT_EQ(verdict_of(bad), "ethereum-scalar-range");
}

TEST_F(Ethereum, refuses_keys_off_the_curve_and_in_other_forms) {
  const Bytes signature = sign(kMessage);
  Bytes off = secret_.key;
  off[64] = static_cast<char>(off[64] ^ 1);
  EXPECT_EQ(verdict(SignatureType::kEthereum, off, signature), "ethereum-key-malformed");
  for (const char prefix : {'\0', '\2', '\3', '\5', '\6', '\7'}) {  // 6 and 7 are the hybrid forms
    Bytes other = secret_.key;
    other[0] = prefix;
    EXPECT_EQ(verdict(SignatureType::kEthereum, other, signature), "ethereum-key-malformed")
        << int(prefix);
  }
}

}  // namespace
}  // namespace ao::crypto
