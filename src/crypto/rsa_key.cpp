// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"
#include "openssl_keys.hpp"
#include "private_keys.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr std::size_t kBytes = 512;
constexpr unsigned kExponent = 65537;
constexpr int kHttpSaltBytes = 64;  // RFC 9421 §3.3.1

using Number = Owned<BIGNUM>;

// RFC 7518 §6.3, and what OpenSSL calls the same.
struct Member {
  const char* jwk;
  const char* openssl;
};
enum { kN, kE, kD, kP, kQ, kDp, kDq, kQi, kMembers };
constexpr std::array<Member, kMembers> kNames = {{{"n", OSSL_PKEY_PARAM_RSA_N},
                                                  {"e", OSSL_PKEY_PARAM_RSA_E},
                                                  {"d", OSSL_PKEY_PARAM_RSA_D},
                                                  {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                                  {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                                  {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                                  {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                                  {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};
using Numbers = std::array<Number, kMembers>;

Bytes bytes_of(const BIGNUM* number) {
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

// Nullptr when the key lacks it.
Number member_of(const EVP_PKEY* key, const Member& member) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, member.openssl, &number) != 1) ERR_clear_error();
  return Number(number);
}

class RsaKey final : public Key {
 public:
  explicit RsaKey(Owned<EVP_PKEY> key)
      : key_(std::move(key)), public_key_(bytes_of(member_of(key_.get(), kNames[kN]).get())) {
    AO_ASSERT(public_key_.size() == kBytes);
  }

  SignatureType type() const override { return SignatureType::kArweave; }
  const Bytes& public_key() const override { return public_key_; }

  Bytes sign(BytesView message) const override {
    return sign_digest(view(sha256(message)), EVP_sha256(), 0);
  }
  Bytes sign_http(BytesView base) const override {
    return sign_digest(view(sha512(base)), EVP_sha512(), kHttpSaltBytes);
  }

  std::string jwk() const override { return rsa_jwk(key_.get()).value().json(); }

 private:
  Bytes sign_digest(BytesView digest, const EVP_MD* hash, int salt_bytes) const {
    Bytes signature(kBytes, '\0');
    std::size_t size = signature.size();
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    const bool is_signed =
        EVP_PKEY_sign_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context.get(), hash) == 1 &&
        EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), hash) == 1 &&
        EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), salt_bytes) == 1 &&
        EVP_PKEY_sign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                      octets(digest), digest.size()) == 1;
    AO_ASSERT(is_signed && size == kBytes);
    return signature;
  }

  Owned<EVP_PKEY> key_;
  Bytes public_key_;
};

Result<Numbers> numbers_in(const Jwk& jwk) {
  Numbers numbers;
  for (std::size_t i = 0; i < kMembers; ++i) {
    AO_TRY(bytes, jwk.bytes(kNames[i].jwk));
    if (bytes.size() > kBytes)
      return malformed_key(fmt::format("\"{}\" has {} bytes; an RSA-4096 key has at most {}",
                                       kNames[i].jwk, bytes.size(), kBytes));
    numbers[i].reset(BN_bin2bn(octets(bytes), static_cast<int>(bytes.size()), nullptr));
    BN_set_flags(numbers[i].get(), BN_FLG_CONSTTIME);
  }
  return numbers;
}

// The member that contradicts the others, if any: a wrong one would give signatures that nobody
// accepts, or ones that give the factors away. That p and q are prime is taken on trust.
const char* fault_in(const Numbers& numbers) {
  const Owned<BN_CTX> context(BN_CTX_secure_new());
  const auto number = [&](std::size_t i) { return numbers[i].get(); };
  const Number product(BN_new()), p1(BN_dup(number(kP))), q1(BN_dup(number(kQ)));
  const auto is_inverse = [&](const BIGNUM* a, const BIGNUM* b, const BIGNUM* modulus) {
    return BN_mod_mul(product.get(), a, b, modulus, context.get()) == 1 && BN_is_one(product.get());
  };
  const auto is_remainder = [&](const BIGNUM* part, const BIGNUM* modulus) {
    return BN_nnmod(product.get(), number(kD), modulus, context.get()) == 1 &&
           BN_cmp(product.get(), part) == 0;
  };
  if (!check_modulus(bytes_of(number(kN)))) return "n";
  if (!BN_is_word(number(kE), kExponent)) return "e";
  if (BN_num_bits(number(kP)) < 2 || BN_sub_word(p1.get(), 1) != 1) return "p";
  if (BN_num_bits(number(kQ)) < 2 || BN_sub_word(q1.get(), 1) != 1) return "q";
  if (BN_mul(product.get(), number(kP), number(kQ), context.get()) != 1 ||
      BN_cmp(product.get(), number(kN)) != 0)
    return "p";
  if (!is_inverse(number(kD), number(kE), p1.get()) ||
      !is_inverse(number(kD), number(kE), q1.get()))
    return "d";
  if (!is_remainder(number(kDp), p1.get())) return "dp";
  if (!is_remainder(number(kDq), q1.get())) return "dq";
  if (!is_inverse(number(kQi), number(kQ), number(kP))) return "qi";
  return nullptr;
}

Owned<EVP_PKEY> key_of(const Numbers& numbers) {
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  for (std::size_t i = 0; i < kMembers; ++i)
    AO_ASSERT(OSSL_PARAM_BLD_push_BN(builder.get(), kNames[i].openssl, numbers[i].get()) == 1);
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) == 1;
  AO_ASSERT(made);
  return Owned<EVP_PKEY>(key);
}

}  // namespace

std::unique_ptr<Key> generate_rsa() {
  Owned<EVP_PKEY> key(EVP_RSA_gen(kBytes * 8));
  AO_ASSERT(key != nullptr);
  return std::make_unique<RsaKey>(std::move(key));
}

Result<Owned<EVP_PKEY>> rsa_openssl_key(const Jwk& jwk) {
  AO_TRY(numbers, numbers_in(jwk));
  if (const char* fault = fault_in(numbers))
    return malformed_key(fmt::format(
        "\"{}\" of the RSA key does not fit one of 4096 bits with exponent 65537", fault));
  return key_of(numbers);
}

Result<Jwk> rsa_jwk(const EVP_PKEY* key) {
  Jwk jwk;
  jwk.set_text("kty", "RSA");
  for (const Member& member : kNames) {
    const Number number = member_of(key, member);
    if (number == nullptr)
      return malformed_key(fmt::format("the RSA key has no \"{}\" (RFC 7518)", member.jwk));
    jwk.set_bytes(member.jwk, bytes_of(number.get()));
  }
  return jwk;
}

Result<std::unique_ptr<Key>> rsa_from(const Jwk& jwk) {
  AO_TRY(key, rsa_openssl_key(jwk));
  return std::make_unique<RsaKey>(std::move(key));
}

}  // namespace ao::crypto
