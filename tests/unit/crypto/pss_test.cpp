// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "pss.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <set>

#include "ao/crypto/key.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::crypto {
namespace {

using test::code_of;

const Bytes kMessage(48, 'm');

// OpenSSL with the salt, the hash and the padding that are asked for.
class Signer {
 public:
  Signer() {
    const auto jwk = test::fixture("wallets.json")["rsa1"]["jwk"];
    Bytes n = number(jwk["n"]), d = number(jwk["d"]);
    modulus_.assign(n.rbegin(), n.rend());
    unsigned e = 65537;
    std::array parameters = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, octets(n), n.size()),
                             OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &e),
                             OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_D, octets(d), d.size()),
                             OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EXPECT_EQ(EVP_PKEY_fromdata_init(context), 1);
    EXPECT_EQ(EVP_PKEY_fromdata(context, &key_, EVP_PKEY_KEYPAIR, parameters.data()), 1);
    EVP_PKEY_CTX_free(context);
  }
  ~Signer() { EVP_PKEY_free(key_); }
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  const Bytes& modulus() const { return modulus_; }

  Bytes sign(BytesView digest, const EVP_MD* hash, const EVP_MD* mask_hash, int salt) const {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr);
    EXPECT_EQ(EVP_PKEY_sign_init(context), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_signature_md(context, hash), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context, mask_hash), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt), 1);
    return finish(context, digest);
  }

  // Of a block that is padded already.
  Bytes sign_block(BytesView block) const {
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr);
    EXPECT_EQ(EVP_PKEY_sign_init(context), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    return finish(context, block);
  }

  PssBlock open(BytesView signature) const {
    PssBlock block;
    std::size_t size = block.size();
    EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_pkey(nullptr, key_, nullptr);
    EXPECT_EQ(EVP_PKEY_verify_recover_init(context), 1);
    EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    EXPECT_EQ(
        EVP_PKEY_verify_recover(context, block.data(), &size, octets(signature), signature.size()),
        1);
    EVP_PKEY_CTX_free(context);
    return block;
  }

 private:
  static const unsigned char* octets(BytesView bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
  }
  static unsigned char* octets(Bytes& bytes) {
    return reinterpret_cast<unsigned char*>(bytes.data());
  }
  static Bytes number(const nlohmann::json& text) {  // little-endian, as OSSL_PARAM takes it
    Bytes bytes = from_base64url(text.get<std::string>()).value();
    std::ranges::reverse(bytes);
    return bytes;
  }
  static Bytes finish(EVP_PKEY_CTX* context, BytesView what) {
    Bytes signature(kPssBlockBytes, '\0');
    std::size_t size = signature.size();
    EXPECT_EQ(EVP_PKEY_sign(context, octets(signature), &size, octets(what), what.size()), 1);
    EVP_PKEY_CTX_free(context);
    return signature;
  }

  EVP_PKEY* key_ = nullptr;
  Bytes modulus_;
};

class Pss : public testing::Test {
 protected:
  Bytes with_sha256(int salt) const {
    return signer_.sign(view(sha256(kMessage)), EVP_sha256(), EVP_sha256(), salt);
  }
  Bytes with_sha512(int salt) const {
    return signer_.sign(view(sha512(kMessage)), EVP_sha512(), EVP_sha512(), salt);
  }
  std::string item_verdict(BytesView signature) const {
    return code_of(verify(SignatureType::kArweave, signer_.modulus(), signature, kMessage));
  }
  std::string http_verdict(BytesView signature) const {
    return code_of(verify(HttpAlgorithm::kRsaPssSha512, signer_.modulus(), signature, kMessage));
  }

  Signer signer_;
};

TEST_F(Pss, finds_a_salt_of_every_length_that_the_library_makes) {
  for (const int salt : {0, 1, 20, 31, 32, 33, 48, 64, 222, 445, 446, 447, 477, 478})
    EXPECT_EQ(pss_salt_bytes(signer_.open(with_sha256(salt)), sha256(kMessage)), salt);
  for (const int salt : {0, 1, 20, 32, 63, 64, 65, 222, 445, 446})
    EXPECT_EQ(pss_salt_bytes(signer_.open(with_sha512(salt)), sha512(kMessage)), salt);
}

TEST_F(Pss, finds_none_in_a_block_with_any_bit_changed) {
  for (const int salt : {0, 32, 478}) {
    const PssBlock block = signer_.open(with_sha256(salt));
    for (std::size_t bit = 0; bit < 8 * block.size(); ++bit) {
      PssBlock changed = block;
      changed[bit / 8] = static_cast<unsigned char>(changed[bit / 8] ^ (1 << bit % 8));
      ASSERT_EQ(pss_salt_bytes(changed, sha256(kMessage)), std::nullopt) << salt << ' ' << bit;
    }
  }
  const PssBlock block = signer_.open(with_sha256(32));
  EXPECT_EQ(pss_salt_bytes(block, sha256("another message")), std::nullopt);
  EXPECT_EQ(pss_salt_bytes(PssBlock{}, sha256(kMessage)), std::nullopt);
}

TEST_F(Pss, of_a_data_item_has_the_salt_of_a_client_or_is_refused_for_it) {
  const std::set<int> in_use = {0, 32, 478};
  for (const int salt : {0, 1, 20, 31, 32, 33, 64, 446, 477, 478})
    EXPECT_EQ(item_verdict(with_sha256(salt)),
              in_use.contains(salt) ? "accepted" : "rsa-salt-length")
        << salt;
}

TEST_F(Pss, of_an_HTTP_message_has_the_salt_of_a_client_or_is_refused_for_it) {
  const std::set<int> in_use = {0, 32, 64, 446};
  for (const int salt : {0, 1, 20, 32, 63, 64, 65, 445, 446})
    EXPECT_EQ(http_verdict(with_sha512(salt)),
              in_use.contains(salt) ? "accepted" : "rsa-salt-length")
        << salt;
}

TEST_F(Pss, says_how_long_the_salt_is_and_how_long_it_may_be) {
  const auto refused =
      verify(SignatureType::kArweave, signer_.modulus(), with_sha256(33), kMessage);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().text.find("33 bytes"), std::string::npos) << refused.error().text;
  EXPECT_NE(refused.error().text.find("0, 32 or 478"), std::string::npos) << refused.error().text;
}

TEST_F(Pss, with_another_hash_or_mask_is_no_signature) {
  EXPECT_EQ(item_verdict(with_sha512(64)), "signature-mismatch");
  EXPECT_EQ(http_verdict(with_sha256(32)), "signature-mismatch");
  const Digest256 digest = sha256(kMessage);
  EXPECT_EQ(item_verdict(signer_.sign(view(digest), EVP_sha256(), EVP_sha1(), 32)),
            "signature-mismatch");
  EXPECT_EQ(item_verdict(signer_.sign(view(digest), EVP_sha256(), EVP_sha512(), 32)),
            "signature-mismatch");
}

// Only the owner can sign such a block; a reader that skips a check would take it.
TEST_F(Pss, refuses_blocks_that_only_a_lax_reader_would_take) {
  PssBlock block = signer_.open(with_sha256(32));
  ASSERT_EQ(item_verdict(signer_.sign_block(view(block))), "accepted");
  block.front() |= 0x80;
  if (view(block) < signer_.modulus()) {
    EXPECT_EQ(item_verdict(signer_.sign_block(view(block))), "signature-mismatch");
  }
  block.front() &= 0x7f;
  block.back() = 0xcc;
  EXPECT_EQ(item_verdict(signer_.sign_block(view(block))), "signature-mismatch");
}

}  // namespace
}  // namespace ao::crypto
