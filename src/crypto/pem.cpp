// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "pem.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <array>

#include "ao/base/assert.hpp"
#include "openssl_keys.hpp"
#include "private_keys.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr const char* kCurve = "secp256k1";
constexpr std::size_t kSecretBytes = 32;

int no_password(char*, int, int, void*) {
  return -1;  // or OpenSSL would ask the terminal
}

Result<std::unique_ptr<Key>> ed25519_in(const EVP_PKEY* key) {
  std::array<unsigned char, kSecretBytes> seed;
  std::size_t size = seed.size();
  if (EVP_PKEY_get_raw_private_key(key, seed.data(), &size) != 1)
    return malformed_key("the PEM block has no private Ed25519 key");
  auto made = ed25519_from(view(seed).substr(0, size));
  sodium_memzero(seed.data(), seed.size());
  return made;
}

Result<std::unique_ptr<Key>> ethereum_in(const EVP_PKEY* key) {
  std::array<char, 64> curve{};
  if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) != 1 ||
      std::string_view(curve.data()) != kCurve)
    return malformed_key(
        fmt::format("the EC key of the PEM block is on the curve \"{}\"; it must be "
                    "on {}",
                    curve.data(), kCurve));
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1)
    return malformed_key("the PEM block has no private EC key");
  const Owned<BIGNUM> owned(number);
  std::array<unsigned char, kSecretBytes> secret;
  if (BN_bn2binpad(number, secret.data(), static_cast<int>(secret.size())) < 0)
    return malformed_key("the EC key of the PEM block has more than 32 bytes");
  auto made = ethereum_from(view(secret));
  sodium_memzero(secret.data(), secret.size());
  return made;
}

Owned<EVP_PKEY> ec_openssl_key(const Key& key, const Jwk& jwk) {
  const Bytes secret = jwk.bytes("d").value();
  const Owned<BIGNUM> number(BN_bin2bn(octets(secret), static_cast<int>(secret.size()), nullptr));
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  const bool described =
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                       key.public_key().data(), key.public_key().size()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1;
  AO_ASSERT(described);
  const Owned<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  EVP_PKEY* made = nullptr;
  AO_ASSERT(EVP_PKEY_fromdata_init(context.get()) == 1 &&
            EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, parameters.get()) == 1);
  return Owned<EVP_PKEY>(made);
}

Owned<EVP_PKEY> openssl_key(const Key& key) {
  const Jwk jwk = Jwk::parse(key.jwk()).value();
  switch (key.type()) {
    case SignatureType::kArweave:
      return rsa_openssl_key(jwk).value();
    case SignatureType::kEd25519: {
      const Bytes seed = jwk.bytes("d").value();
      return Owned<EVP_PKEY>(
          EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, octets(seed), seed.size()));
    }
    case SignatureType::kEthereum:
      return ec_openssl_key(key, jwk);
  }
  AO_ASSERT(!"a key of no type");
}

std::string text_in(BIO* stream) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(stream, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Result<std::unique_ptr<Key>> key_from_pem(std::string_view text) {
  if (text.find("ENCRYPTED") != std::string_view::npos)
    return malformed_key("the PEM block is encrypted; decrypt it first (openssl pkey -in FILE)");
  const Owned<BIO> stream(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  AO_ASSERT(stream != nullptr);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(stream.get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (key == nullptr)
    return malformed_key(text.find("PUBLIC KEY") != std::string_view::npos
                             ? "the PEM block is a public key; a private one is needed"
                             : "the PEM block is no private key that OpenSSL can read");
  switch (EVP_PKEY_get_base_id(key.get())) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS: {
      AO_TRY(jwk, rsa_jwk(key.get()));
      return rsa_from(jwk);
    }
    case EVP_PKEY_ED25519:
      return ed25519_in(key.get());
    case EVP_PKEY_EC:
      return ethereum_in(key.get());
    default:
      return malformed_key(
          fmt::format("the PEM block is a key of type {}; it must be RSA, ED25519 or "
                      "EC",
                      EVP_PKEY_get0_type_name(key.get())));
  }
}

std::string private_pem(const Key& key) {
  const Owned<EVP_PKEY> openssl = openssl_key(key);
  const Owned<BIO> stream(BIO_new(BIO_s_secmem()));
  AO_ASSERT(PEM_write_bio_PKCS8PrivateKey(stream.get(), openssl.get(), nullptr, nullptr, 0, nullptr,
                                          nullptr) == 1);
  return text_in(stream.get());
}

std::string public_pem(const Key& key) {
  const Owned<EVP_PKEY> openssl = openssl_key(key);
  const Owned<BIO> stream(BIO_new(BIO_s_mem()));
  AO_ASSERT(PEM_write_bio_PUBKEY(stream.get(), openssl.get()) == 1);
  return text_in(stream.get());
}

}  // namespace ao::crypto
