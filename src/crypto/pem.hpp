// Keys as PEM (RFC 7468): PKCS #8 for private keys, SubjectPublicKeyInfo for public ones.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/key.hpp"

namespace ao::crypto {

// Errors: "key-malformed".
Result<std::unique_ptr<Key>> key_from_pem(std::string_view text);

std::string private_pem(const Key& key);
std::string public_pem(const Key& key);

}  // namespace ao::crypto
