// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>
#include <sodium.h>

#include "ao/base/assert.hpp"
#include "private_keys.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kCoordinateBytes = 32;
constexpr char kFirstV = 27;

Bytes random_bytes(std::size_t size) {
  static const bool ready = sodium_init() >= 0;
  AO_ASSERT(ready);
  Bytes bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

// Signing with it is thread-safe; the random blinding is against side channels.
const secp256k1_context* signing_context() {
  static const secp256k1_context* const context = [] {
    secp256k1_context* made = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
    AO_ASSERT(made != nullptr);
    AO_ASSERT(secp256k1_context_randomize(made, octets(random_bytes(32))) == 1);
    return made;
  }();
  return context;
}

// 0 and numbers from the group order on are no keys.
bool is_secret(BytesView secret) {
  return secret.size() == kSecretBytes &&
         secp256k1_ec_seckey_verify(signing_context(), octets(secret)) == 1;
}

class EthereumKey final : public Key {
 public:
  explicit EthereumKey(BytesView secret) : secret_(secret), public_key_(65, '\0') {
    secp256k1_pubkey point;
    AO_ASSERT(secp256k1_ec_pubkey_create(signing_context(), &point, octets(secret_)) == 1);
    std::size_t size = public_key_.size();
    secp256k1_ec_pubkey_serialize(signing_context(),
                                  reinterpret_cast<unsigned char*>(public_key_.data()), &size,
                                  &point, SECP256K1_EC_UNCOMPRESSED);
  }
  ~EthereumKey() override { sodium_memzero(secret_.data(), secret_.size()); }
  EthereumKey(const EthereumKey&) = delete;
  EthereumKey& operator=(const EthereumKey&) = delete;

  SignatureType type() const override { return SignatureType::kEthereum; }
  const Bytes& public_key() const override { return public_key_; }

  // The library's s is the low one, and its nonce that of RFC 6979. (v would be 29 or 30 for an r
  // beyond the group order: one signature in 2^127.)
  Bytes sign(BytesView message) const override {
    const Digest256 digest = personal_digest(message);
    secp256k1_ecdsa_recoverable_signature signed_;
    AO_ASSERT(secp256k1_ecdsa_sign_recoverable(signing_context(), &signed_, digest.data(),
                                               octets(secret_), nullptr, nullptr) == 1);
    Bytes signature(65, '\0');
    int recovery = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(
        signing_context(), reinterpret_cast<unsigned char*>(signature.data()), &recovery, &signed_);
    signature.back() = static_cast<char>(kFirstV + recovery);
    return signature;
  }

  Bytes sign_http(BytesView) const override {
    AO_ASSERT(!"RFC 9421 has no algorithm for an Ethereum key");
  }

  std::string jwk() const override {
    Jwk jwk;
    jwk.set_text("kty", "EC");
    jwk.set_text("crv", "secp256k1");
    jwk.set_bytes("x", BytesView(public_key_).substr(1, kCoordinateBytes));
    jwk.set_bytes("y", BytesView(public_key_).substr(1 + kCoordinateBytes));
    jwk.set_bytes("d", secret_);
    return jwk.json();
  }

 private:
  Bytes secret_;
  Bytes public_key_;
};

}  // namespace

std::unique_ptr<Key> generate_ethereum() {
  Bytes secret;
  do
    secret = random_bytes(kSecretBytes);
  while (!is_secret(secret));
  auto key = std::make_unique<EthereumKey>(secret);
  sodium_memzero(secret.data(), secret.size());
  return key;
}

Result<std::unique_ptr<Key>> ethereum_from(const Jwk& jwk) {
  AO_TRY(curve, jwk.text("crv"));
  if (curve != "secp256k1")
    return malformed_key(fmt::format("\"crv\" of an EC key is {}; it must be secp256k1", curve));
  AO_TRY(secret, jwk.bytes("d"));
  AO_TRY(x, jwk.bytes("x"));
  AO_TRY(y, jwk.bytes("y"));
  if (!is_secret(secret))
    return malformed_key("\"d\" must be 32 bytes, not 0 and below the order of secp256k1");
  auto key = std::make_unique<EthereumKey>(secret);
  sodium_memzero(secret.data(), secret.size());
  const BytesView point = BytesView(key->public_key()).substr(1);
  if (point.substr(0, kCoordinateBytes) != x)
    return malformed_key("\"x\" is not of the public key of \"d\"");
  if (point.substr(kCoordinateBytes) != y)
    return malformed_key("\"y\" is not of the public key of \"d\"");
  return key;
}

Result<std::unique_ptr<Key>> ethereum_from(BytesView secret) {
  if (!is_secret(secret))
    return malformed_key("an Ethereum key is 32 bytes, not 0 and below the order of secp256k1");
  return std::make_unique<EthereumKey>(secret);
}

}  // namespace ao::crypto
