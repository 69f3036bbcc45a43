// One verifier a signature type. Sizes were checked by `verify`, which is the way in.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/signature.hpp"

namespace ao::crypto {

Result<> verify_rsa_sha256(BytesView modulus, BytesView signature, BytesView message);
Result<> verify_rsa_sha512(BytesView modulus, BytesView signature, BytesView message);
Result<> verify_ed25519(BytesView public_key, BytesView signature, BytesView message);
Result<> verify_ethereum(BytesView public_key, BytesView signature, BytesView message);

// The EIP-55 address of an uncompressed secp256k1 key.
std::string ethereum_address(BytesView public_key);

// What keeps a modulus from being an RSA-4096 one; nullptr when nothing does.
const char* modulus_fault(BytesView modulus);

inline std::unexpected<Error> mismatch(std::string text) {
  return fail(ErrorKind::kInvalid, "signature-mismatch", std::move(text));
}
inline std::unexpected<Error> malformed_key(std::string text) {
  return fail(ErrorKind::kInvalid, "key-malformed", std::move(text));
}
inline std::unexpected<Error> malleable(std::string text) {
  return fail(ErrorKind::kInvalid, "signature-malleable", std::move(text));
}

inline const unsigned char* octets(BytesView bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace ao::crypto
