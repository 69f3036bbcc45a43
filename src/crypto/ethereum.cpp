// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr unsigned char kUncompressed = 0x04;

// Whether the key that `signature` recovers to is this one: that is, whether it verifies and its
// recovery id is the right one too.
bool recovers_to(const secp256k1_ecdsa_recoverable_signature& signature, const Digest256& digest,
                 BytesView public_key) {
  secp256k1_pubkey recovered;
  if (secp256k1_ecdsa_recover(secp256k1_context_static, &recovered, &signature, digest.data()) != 1)
    return false;
  std::array<unsigned char, 65> encoded;
  std::size_t size = encoded.size();
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, encoded.data(), &size, &recovered,
                                SECP256K1_EC_UNCOMPRESSED);
  return view(encoded) == public_key;
}

}  // namespace

Digest256 personal_digest(BytesView message) {
  return keccak256(
      fmt::format("\x19"
                  "Ethereum Signed Message:\n{}{}",
                  message.size(), message));
}

// ANS-104 readers that ignore v, or take a high s, let a bystander make a second id for somebody's
// item: the id is the hash of the signature, and neither is covered by it.
Result<> verify_ethereum(BytesView public_key, BytesView signature, BytesView message) {
  const unsigned char v = octets(signature)[64];
  if (v != 27 && v != 28)
    return invalid("ethereum-recovery-id",
                   fmt::format("v of the Ethereum signature is {}; it must be 27 or 28", v));

  secp256k1_ecdsa_recoverable_signature recoverable;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(secp256k1_context_static, &recoverable,
                                                          octets(signature), v - 27) != 1)
    return invalid("ethereum-scalar-range",
                   "r or s of the Ethereum signature is not below the group order");
  secp256k1_ecdsa_signature plain;
  secp256k1_ecdsa_recoverable_signature_convert(secp256k1_context_static, &plain, &recoverable);
  if (secp256k1_ecdsa_signature_normalize(secp256k1_context_static, nullptr, &plain) == 1)
    return invalid("ethereum-high-s",
                   "s of the Ethereum signature is in the upper half of its range");

  const Digest256 digest = personal_digest(message);
  if (recovers_to(recoverable, digest, public_key)) return {};

  const Bytes zero(32, '\0');
  if (signature.substr(0, 32) == zero || signature.substr(32, 32) == zero)
    return invalid("ethereum-scalar-range", "r or s of the Ethereum signature is 0");
  secp256k1_pubkey key;
  if (octets(public_key)[0] != kUncompressed ||
      secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, octets(public_key),
                                public_key.size()) != 1)
    return invalid("ethereum-key-malformed",
                   "the Ethereum key is not an uncompressed point of the curve");
  if (secp256k1_ecdsa_verify(secp256k1_context_static, &plain, digest.data(), &key) == 1)
    return invalid("ethereum-recovery-id",
                   fmt::format("v of the Ethereum signature is {}; the other one is right", v));
  return mismatch("the Ethereum signature is not of this content by this key");
}

std::string ethereum_address(BytesView public_key) {
  std::string address = hex(view(keccak256(public_key.substr(1))).substr(12));
  const Digest256 checksum = keccak256(address);
  for (std::size_t i = 0; i < address.size(); ++i) {
    const int nibble = checksum[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15;
    if (nibble >= 8 && address[i] >= 'a') address[i] = static_cast<char>(address[i] - 'a' + 'A');
  }
  return "0x" + address;
}

}  // namespace ao::crypto
