// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/signature.hpp"

#include <fmt/format.h>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"
#include "verifiers.hpp"

namespace ao::crypto {

std::optional<SignatureType> signature_type(std::uint16_t number) {
  switch (static_cast<SignatureType>(number)) {
    case SignatureType::kArweave:
    case SignatureType::kEd25519:
    case SignatureType::kEthereum:
      return static_cast<SignatureType>(number);
  }
  return std::nullopt;
}

SignatureSizes sizes_of(SignatureType type) {
  switch (type) {
    case SignatureType::kArweave:
      return {.signature = 512, .public_key = 512};
    case SignatureType::kEd25519:
      return {.signature = 64, .public_key = 32};
    case SignatureType::kEthereum:
      return {.signature = 65, .public_key = 65};
  }
  AO_ASSERT(!"a signature type without sizes");
}

namespace {

Result<> check_sizes(SignatureType type, BytesView public_key, BytesView signature) {
  const SignatureSizes sizes = sizes_of(type);
  if (public_key.size() != sizes.public_key)
    return invalid(type == SignatureType::kArweave ? "rsa-modulus-size" : "key-size",
                   fmt::format("the public key has {} bytes; one of type {} has {}",
                               public_key.size(), static_cast<int>(type), sizes.public_key));
  if (signature.size() != sizes.signature)
    return invalid("signature-size",
                   fmt::format("the signature has {} bytes; one of type {} has {}",
                               signature.size(), static_cast<int>(type), sizes.signature));
  return {};
}

}  // namespace

Result<> verify(SignatureType type, BytesView public_key, BytesView signature, BytesView message) {
  AO_CHECK(check_sizes(type, public_key, signature));
  switch (type) {
    case SignatureType::kArweave:
      return verify_rsa_sha256(public_key, signature, message);
    case SignatureType::kEd25519:
      return verify_ed25519(public_key, signature, message);
    case SignatureType::kEthereum:
      return verify_ethereum(public_key, signature, message);
  }
  AO_ASSERT(!"a signature type without verifier");
}

Result<> verify(HttpAlgorithm algorithm, BytesView public_key, BytesView signature,
                BytesView base) {
  switch (algorithm) {
    case HttpAlgorithm::kRsaPssSha512:
      AO_CHECK(check_sizes(SignatureType::kArweave, public_key, signature));
      return verify_rsa_sha512(public_key, signature, base);
    case HttpAlgorithm::kEd25519:
      AO_CHECK(check_sizes(SignatureType::kEd25519, public_key, signature));
      return verify_ed25519(public_key, signature, base);
  }
  AO_ASSERT(!"an algorithm without verifier");
}

Address address_of(SignatureType type, BytesView public_key) {
  if (type == SignatureType::kEthereum) return Address{ethereum_address(public_key)};
  return Address{base64url(view(sha256(public_key)))};
}

}  // namespace ao::crypto
