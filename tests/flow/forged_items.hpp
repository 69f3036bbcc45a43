// Data items put together by hand, so that any part of one can lie.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <secp256k1_recovery.h>
#include <sodium.h>

#include <array>
#include <optional>

#include "../../src/message/avro_tags.hpp"
#include "../../src/message/deep_hash.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/crypto/key.hpp"

namespace ao::test {

inline unsigned char* octets(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}
inline const unsigned char* octets(const Bytes& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

struct Parts {
  std::uint16_t type = 2;
  Bytes owner;
  Bytes target;
  Bytes avro;  // the tag area
  Bytes data;
  std::uint64_t tag_count = 0;
  std::optional<std::uint64_t> tag_bytes;  // when it is not the truth

  Bytes hash() const {
    const std::string number = std::to_string(type);
    const std::array<BytesView, 8> all = {"dataitem", "1", number, owner, target, "", avro, data};
    return Bytes(crypto::view(message::deep_hash(all)));
  }

  Bytes with(const Bytes& signature) const {
    Bytes item;
    put(item, type, 2);
    item += signature + owner + '\1' + target + '\0';
    put(item, tag_count, 8);
    put(item, tag_bytes.value_or(avro.size()), 8);
    return item + avro + data;
  }

 private:
  static void put(Bytes& out, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i)
      out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
};

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

// An Ed25519 key whose scalar is known, for signatures that only its owner could make.
struct Ed25519Secret {
  Bytes key = Bytes(32, '\0'), secret = Bytes(64, '\0'), scalar;

  Ed25519Secret() {
    const Bytes seed(32, 's');
    Bytes hash(64, '\0');
    crypto_sign_seed_keypair(octets(key), octets(secret), octets(seed));
    crypto_hash_sha512(octets(hash), octets(seed), seed.size());
    scalar = hash.substr(0, 32);
    scalar[0] = static_cast<char>(scalar[0] & 248);
    scalar[31] = static_cast<char>((scalar[31] & 127) | 64);
  }

  Bytes sign(const Bytes& message) const {
    Bytes signature(64, '\0');
    crypto_sign_detached(octets(signature), nullptr, octets(message), message.size(),
                         octets(secret));
    return signature;
  }

  // With an R of small order: S = k·a holds by the equation without R.
  Bytes sign_with(const Bytes& r, const Bytes& message) const {
    const Bytes covered = r + key + message;
    Bytes hash(64, '\0'), k(32, '\0'), s(32, '\0');
    crypto_hash_sha512(octets(hash), octets(covered), covered.size());
    crypto_core_ed25519_scalar_reduce(octets(k), octets(hash));
    crypto_core_ed25519_scalar_mul(octets(s), octets(k), octets(scalar));
    return r + s;
  }
};

class EthereumSecret {
 public:
  EthereumSecret() : context_(secp256k1_context_create(SECP256K1_CONTEXT_NONE)) {
    secp256k1_pubkey point;
    std::size_t size = key.size();
    if (secp256k1_ec_pubkey_create(context_, &point, octets(secret_)) == 1)
      secp256k1_ec_pubkey_serialize(context_, octets(key), &size, &point,
                                    SECP256K1_EC_UNCOMPRESSED);
  }
  ~EthereumSecret() { secp256k1_context_destroy(context_); }
  EthereumSecret(const EthereumSecret&) = delete;
  EthereumSecret& operator=(const EthereumSecret&) = delete;

  Bytes sign(const Bytes& message) const {
    const auto digest = crypto::keccak256(
        "\x19"
        "Ethereum Signed Message:\n" +
        std::to_string(message.size()) + message);
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_ecdsa_sign_recoverable(context_, &signature, digest.data(), octets(secret_), nullptr,
                                     nullptr);
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
  Bytes secret_ = Bytes(32, 'e');
};

}  // namespace ao::test
