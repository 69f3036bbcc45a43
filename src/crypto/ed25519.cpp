// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>

#include "verifiers.hpp"

namespace ao::crypto {
namespace {

// L = 2^252 + 27742317777372353535851937790883648493, the order of the base point, big-endian.
constexpr std::string_view kOrder(
    "\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x14\xde\xf9\xde\xa2\xf7\x9c\xd6\x58\x12\x63\x1a\x5c\xf5\xd3\xed",
    32);

bool is_below_order(BytesView scalar) {
  return Bytes(scalar.rbegin(), scalar.rend()) < kOrder;
}

}  // namespace

// The library refuses S >= L, small-order R, and small-order or non-canonical A; it compares the
// encoded R, so a non-canonical one never matches (RFC 8032 §5.1.7, without the cofactor). What
// follows a refusal only finds the reason.
Result<> verify_ed25519(BytesView public_key, BytesView signature, BytesView message) {
  if (crypto_sign_verify_detached(octets(signature), octets(message), message.size(),
                                  octets(public_key)) == 0)
    return {};
  if (!is_below_order(signature.substr(32)))
    return malleable("S of the Ed25519 signature is not below the group order");
  if (crypto_core_ed25519_is_valid_point(octets(public_key)) != 1)
    return malformed_key("the Ed25519 key is not a point of the prime-order group");
  return mismatch("the Ed25519 signature is not of this content by this key");
}

}  // namespace ao::crypto
