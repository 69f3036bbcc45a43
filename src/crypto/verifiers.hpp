// One verifier a signature type. Sizes were checked by `verify`, which is the way in.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/digest.hpp"
#include "ao/crypto/signature.hpp"

namespace ao::crypto {

Result<> verify_rsa_sha256(BytesView modulus, BytesView signature, BytesView message);
Result<> verify_rsa_sha512(BytesView modulus, BytesView signature, BytesView message);
Result<> verify_ed25519(BytesView public_key, BytesView signature, BytesView message);
Result<> verify_ethereum(BytesView public_key, BytesView signature, BytesView message);

// What an Ethereum key signs for `message`: EIP-191, version 0x45 ("personal message").
Digest256 personal_digest(BytesView message);

// The EIP-55 address of an uncompressed secp256k1 key.
std::string ethereum_address(BytesView public_key);

// Errors: "rsa-modulus-size", "rsa-modulus-even".
Result<> check_modulus(BytesView modulus);

inline std::unexpected<Error> invalid(std::string_view code, std::string text) {
  return fail(ErrorKind::kInvalid, code, std::move(text));
}
inline std::unexpected<Error> mismatch(std::string text) {
  return invalid("signature-mismatch", std::move(text));
}

inline const unsigned char* octets(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace ao::crypto
