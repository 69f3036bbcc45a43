// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "verifiers.hpp"

namespace ao::crypto {
namespace {

// L = 2^252 + 27742317777372353535851937790883648493, the order of the base point, big-endian.
constexpr std::string_view kOrder(
    "\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    "\x14\xde\xf9\xde\xa2\xf7\x9c\xd6\x58\x12\x63\x1a\x5c\xf5\xd3\xed",
    32);

// p = 2^255 - 19, big-endian.
constexpr std::string_view kPrime(
    "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xed",
    32);

// y of the points of order 1, 2, 4 and, twice, 8. Little-endian.
constexpr std::array<std::string_view, 5> kSmallOrder = {{
    {"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32},
    {"\xec\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
     32},
    {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 32},
    {"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0"
     "\xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
     32},
    {"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f"
     "\x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
     32},
}};

Bytes reversed(BytesView bytes) {
  return {bytes.rbegin(), bytes.rend()};
}

// What keeps 32 bytes from being the one encoding (RFC 8032 §5.1.3) of a point of large order.
Result<> check_point(BytesView encoded, std::string_view name) {
  Bytes y(encoded);
  const bool is_negative = (y.back() & '\x80') != 0;
  y.back() = static_cast<char>(y.back() & 0x7f);
  if (reversed(y) >= kPrime)
    return invalid("ed25519-non-canonical",
                   fmt::format("y of the Ed25519 {} is not below 2^255 - 19", name));
  if (is_negative && (y == kSmallOrder[0] || y == kSmallOrder[1]))  // x = 0
    return invalid("ed25519-non-canonical",
                   fmt::format("the Ed25519 {} gives a sign to x = 0", name));
  if (std::ranges::find(kSmallOrder, y) != kSmallOrder.end())
    return invalid("ed25519-small-order",
                   fmt::format("the Ed25519 {} is a point of order 8 or less", name));
  return {};
}

bool is_on_curve(BytesView encoded) {
  std::array<unsigned char, 32> sum;
  return crypto_core_ed25519_add(sum.data(), octets(encoded), octets(encoded)) == 0;
}

}  // namespace

// The library refuses S >= L, small-order R, and small-order or non-canonical A; it compares the
// encoded R, so a non-canonical one never matches (RFC 8032 §5.1.7, without the cofactor). What
// follows a refusal only finds the reason.
Result<> verify_ed25519(BytesView public_key, BytesView signature, BytesView message) {
  if (crypto_sign_verify_detached(octets(signature), octets(message), message.size(),
                                  octets(public_key)) == 0)
    return {};
  if (reversed(signature.substr(32)) >= kOrder)
    return invalid("ed25519-scalar-range",
                   "S of the Ed25519 signature is not below the group order");
  AO_CHECK(check_point(public_key, "key"));
  AO_CHECK(check_point(signature.substr(0, 32), "signature's R"));
  if (!is_on_curve(public_key))
    return invalid("ed25519-key-malformed", "the Ed25519 key is not a point of the curve");
  return mismatch("the Ed25519 signature is not of this content by this key");
}

}  // namespace ao::crypto
