// What forgers of signatures need: numbers as bytes, and an Ethereum key that signs by
// libsecp256k1 alone.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <secp256k1_recovery.h>

#include <optional>

#include "ao/crypto/digest.hpp"

namespace ao::test {

inline unsigned char* octets(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
inline const unsigned char* octets(const Bytes& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// a + b as big-endian numbers of one size, or nothing when the sum needs a byte more.
inline std::optional<Bytes> sum(Bytes a, const Bytes& b) {
  unsigned carry = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    carry += static_cast<unsigned char>(a[i]) + static_cast<unsigned char>(b[i]);
    a[i] = static_cast<char>(carry & 0xff);
    carry >>= 8;
  }
  return carry == 0 ? std::optional(a) : std::nullopt;
}

class EthereumSecret {
 public:
  explicit EthereumSecret(Bytes secret = Bytes(32, 'e'))
      : context_(secp256k1_context_create(SECP256K1_CONTEXT_NONE)), secret_(std::move(secret)) {
    secp256k1_pubkey point;
    std::size_t size = key.size();
    EXPECT_EQ(secp256k1_ec_pubkey_create(context_, &point, octets(secret_)), 1);
    secp256k1_ec_pubkey_serialize(context_, octets(key), &size, &point, SECP256K1_EC_UNCOMPRESSED);
  }
  ~EthereumSecret() { secp256k1_context_destroy(context_); }
  EthereumSecret(const EthereumSecret&) = delete;
  EthereumSecret& operator=(const EthereumSecret&) = delete;

  // With other `noise` of 32 bytes another signature, as good as the first.
  Bytes sign(const Bytes& message, const Bytes& noise = {}) const {
    const auto digest = crypto::keccak256(
        "\x19"
        "Ethereum Signed Message:\n" +
        std::to_string(message.size()) + message);
    secp256k1_ecdsa_recoverable_signature signature;
    EXPECT_EQ(secp256k1_ecdsa_sign_recoverable(context_, &signature, digest.data(), octets(secret_),
                                               nullptr, noise.empty() ? nullptr : octets(noise)),
              1);
    Bytes bytes(65, '\0');
    int recovery = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context_, octets(bytes), &recovery,
                                                            &signature);
    bytes[64] = static_cast<char>(27 + recovery);
    return bytes;
  }

  // n - s, and the v that goes with it.
  Bytes with_high_s(Bytes signature) const {
    Bytes s = signature.substr(32, 32);
    EXPECT_EQ(secp256k1_ec_seckey_negate(context_, octets(s)), 1);
    const char other = signature[64] == '\x1b' ? '\x1c' : '\x1b';
    return signature.substr(0, 32) + s + other;
  }

  Bytes key = Bytes(65, '\0');

 private:
  secp256k1_context* context_;
  Bytes secret_;
};

}  // namespace ao::test
