// Digests. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "ao/base/bytes.hpp"

namespace ao::crypto {

using Digest256 = std::array<unsigned char, 32>;
using Digest384 = std::array<unsigned char, 48>;
using Digest512 = std::array<unsigned char, 64>;

Digest256 sha256(BytesView bytes);
Digest384 sha384(BytesView bytes);
Digest512 sha512(BytesView bytes);
Digest256 keccak256(BytesView bytes);  // Ethereum's, with the original padding

Digest256 hmac_sha256(BytesView key, BytesView message);  // RFC 2104, any key length

template <std::size_t N>
BytesView view(const std::array<unsigned char, N>& digest) {
  return {reinterpret_cast<const char*>(digest.data()), N};
}

}  // namespace ao::crypto
