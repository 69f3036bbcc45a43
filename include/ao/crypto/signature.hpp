// Signatures of other people's keys: what AO's signature types are, and whether one holds.
//
// The numbers are those of ANS-104 (https://github.com/ArweaveTeam/arweave-standards, ANS-104); the
// algorithms of HTTP message signatures are those of RFC 9421 §3.3 that such keys have.
// Pure functions, any thread; verification is CPU work and belongs on the verify pool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "ao/base/ids.hpp"

namespace ao::crypto {

enum class SignatureType : std::uint16_t {
  kArweave = 1,   // RSASSA-PSS 4096, SHA-256, MGF1-SHA-256, exponent 65537, salt 0, 32 or 478
  kEd25519 = 2,   // small-order and non-canonical encodings refused
  kEthereum = 3,  // secp256k1 over the EIP-191 personal message, low s only
};

enum class HttpAlgorithm {
  kRsaPssSha512,  // RSASSA-PSS 4096, MGF1-SHA-512, exponent 65537, salt 0, 32, 64 or 446
  kEd25519,
};

// Nullopt for a type this node does not verify.
std::optional<SignatureType> signature_type(std::uint16_t number);

struct SignatureSizes {
  std::size_t signature;
  std::size_t public_key;
};
SignatureSizes sizes_of(SignatureType type);

// Errors, kind kInvalid: "signature-mismatch", or what keeps the key or the signature from being
// one: every form that a bystander could make out of somebody's valid signature, or that readers
// take differently, has a code of its own (docs/refusals.md, "Signatures").
Result<> verify(SignatureType type, BytesView public_key, BytesView signature, BytesView message);
Result<> verify(HttpAlgorithm algorithm, BytesView public_key, BytesView signature, BytesView base);

// SHA-256 of the key as base64url; for Ethereum the EIP-55 address.
Address address_of(SignatureType type, BytesView public_key);

}  // namespace ao::crypto
