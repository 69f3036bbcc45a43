// EMSA-PSS for a modulus of 4096 bits: the padding inside an RSA signature (RFC 8017 §9.1).
//
// All of it is public, so nothing here is constant-time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "ao/crypto/digest.hpp"

namespace ao::crypto {

inline constexpr std::size_t kPssBlockBytes = 512;
using PssBlock = std::array<unsigned char, kPssBlockBytes>;

// The length of the salt with which `encoded` encodes this digest, or nullopt when it does not.
// MGF1 uses the hash that made the digest.
std::optional<std::size_t> pss_salt_bytes(const PssBlock& encoded, const Digest256& digest);
std::optional<std::size_t> pss_salt_bytes(const PssBlock& encoded, const Digest512& digest);

}  // namespace ao::crypto
