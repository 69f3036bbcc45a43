// The texts in which people keep their keys: JSON Web Key, PEM, hexadecimal digits.
//
// Reading takes whichever it finds. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/key.hpp"

namespace ao::crypto {

enum class KeyFormat { kJwk, kHex, kPem };

// A JSON Web Key (`Key::from_jwk`), a PEM block with an RSA, Ed25519 or secp256k1 key that no
// password protects, or the 32 bytes of `type_of_hex` in hexadecimal digits, with or without 0x.
// Errors: "key-malformed" naming what is wrong.
Result<std::unique_ptr<Key>> read_key(std::string_view text,
                                      SignatureType type_of_hex = SignatureType::kEthereum);

// Errors: "key-format" for an RSA key in hexadecimal digits, which nobody reads.
Result<std::string> private_text(const Key& key, KeyFormat format);

// Hexadecimal digits are those of `Key::public_key`.
std::string public_text(const Key& key, KeyFormat format);

}  // namespace ao::crypto
