// A private key that signs: the node's own, or a client's.
//
// Files are JSON Web Keys (RFC 7517): kty RSA with a 4096-bit modulus (an Arweave wallet), kty OKP
// with crv Ed25519 (RFC 8037), or kty EC with crv secp256k1 (RFC 8812; an Ethereum key). Signing is
// thread-safe. `sign` gives the same message the same bytes every time: RSA has an empty salt,
// secp256k1 the nonce of RFC 6979.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "ao/crypto/signature.hpp"

namespace ao::crypto {

class Key {
 public:
  virtual ~Key() = default;

  static std::unique_ptr<Key> new_ed25519();
  static std::unique_ptr<Key> new_ethereum();
  static std::unique_ptr<Key> new_rsa();  // takes seconds

  // Errors: "key-malformed" naming the member at fault.
  static Result<std::unique_ptr<Key>> from_jwk(std::string_view json);

  // Errors: "key-unreadable"; "key-exposed" when the file can be read by others than its owner.
  static Result<std::unique_ptr<Key>> load(const std::filesystem::path& file);

  // Creates the file with mode 0600. Errors: "key-exists", since a key is never overwritten.
  Result<> save(const std::filesystem::path& file) const;

  virtual SignatureType type() const = 0;
  virtual const Bytes& public_key() const = 0;
  virtual Bytes sign(BytesView message) const = 0;

  // RFC 9421: with which algorithm this key signs HTTP messages (an Ethereum key has none), and the
  // signature of a signature base. `sign_http` needs an algorithm. RSA salts with 64 random bytes.
  std::optional<HttpAlgorithm> http_algorithm() const;
  virtual Bytes sign_http(BytesView base) const = 0;

  virtual std::string jwk() const = 0;  // with the private members

  Address address() const { return address_of(type(), public_key()); }
};

}  // namespace ao::crypto
