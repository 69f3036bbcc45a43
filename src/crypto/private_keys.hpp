// The three kinds of private key, made or read.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/key.hpp"
#include "jwk.hpp"

namespace ao::crypto {

std::unique_ptr<Key> generate_rsa();
Result<std::unique_ptr<Key>> rsa_from(const Jwk& jwk);

std::unique_ptr<Key> generate_ed25519();
Result<std::unique_ptr<Key>> ed25519_from(const Jwk& jwk);
Result<std::unique_ptr<Key>> ed25519_from(BytesView seed);

std::unique_ptr<Key> generate_ethereum();
Result<std::unique_ptr<Key>> ethereum_from(const Jwk& jwk);
Result<std::unique_ptr<Key>> ethereum_from(BytesView secret);

inline std::unexpected<Error> malformed_key(std::string text) {
  return fail(ErrorKind::kInvalid, "key-malformed", std::move(text));
}

}  // namespace ao::crypto
