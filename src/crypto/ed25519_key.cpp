// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>

#include "ao/base/assert.hpp"
#include "private_keys.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

class Ed25519Key final : public Key {
 public:
  explicit Ed25519Key(BytesView seed) : public_key_(crypto_sign_PUBLICKEYBYTES, '\0') {
    AO_ASSERT(seed.size() == crypto_sign_SEEDBYTES);
    crypto_sign_seed_keypair(reinterpret_cast<unsigned char*>(public_key_.data()), secret_.data(),
                             octets(seed));
  }
  ~Ed25519Key() override { sodium_memzero(secret_.data(), secret_.size()); }
  Ed25519Key(const Ed25519Key&) = delete;
  Ed25519Key& operator=(const Ed25519Key&) = delete;

  SignatureType type() const override { return SignatureType::kEd25519; }
  const Bytes& public_key() const override { return public_key_; }

  Bytes sign(BytesView message) const override {
    Bytes signature(crypto_sign_BYTES, '\0');
    crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                         octets(message), message.size(), secret_.data());
    return signature;
  }

  Bytes sign_http(BytesView base) const override { return sign(base); }

  std::string jwk() const override {
    Jwk jwk;
    jwk.set_text("kty", "OKP");
    jwk.set_text("crv", "Ed25519");
    jwk.set_bytes("x", public_key_);
    jwk.set_bytes("d", {reinterpret_cast<const char*>(secret_.data()), crypto_sign_SEEDBYTES});
    return jwk.json();
  }

 private:
  Bytes public_key_;
  std::array<unsigned char, crypto_sign_SECRETKEYBYTES> secret_;  // the seed, then the public key
};

}  // namespace

std::unique_ptr<Key> generate_ed25519() {
  static const bool ready = sodium_init() >= 0;  // randomness is all of the library that needs it
  AO_ASSERT(ready);
  Bytes seed(crypto_sign_SEEDBYTES, '\0');
  randombytes_buf(seed.data(), seed.size());
  auto key = std::make_unique<Ed25519Key>(seed);
  sodium_memzero(seed.data(), seed.size());
  return key;
}

Result<std::unique_ptr<Key>> ed25519_from(const Jwk& jwk) {
  AO_TRY(curve, jwk.text("crv"));
  if (curve != "Ed25519") return malformed_key("\"crv\" of an OKP key must be Ed25519");
  AO_TRY(seed, jwk.bytes("d"));
  AO_TRY(public_key, jwk.bytes("x"));
  if (seed.size() != crypto_sign_SEEDBYTES) return malformed_key("\"d\" must have 32 bytes");
  auto key = std::make_unique<Ed25519Key>(seed);
  sodium_memzero(seed.data(), seed.size());
  if (key->public_key() != public_key) return malformed_key("\"x\" is not the public key of \"d\"");
  return key;
}

Result<std::unique_ptr<Key>> ed25519_from(BytesView seed) {
  if (seed.size() != crypto_sign_SEEDBYTES)
    return malformed_key("the seed of an Ed25519 key has 32 bytes");
  return std::make_unique<Ed25519Key>(seed);
}

}  // namespace ao::crypto
