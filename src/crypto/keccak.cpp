// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <cryptopp/keccak.h>

#include "ao/crypto/digest.hpp"

namespace ao::crypto {

Digest256 keccak256(BytesView bytes) {
  Digest256 digest;
  CryptoPP::Keccak_256 hasher;
  hasher.Update(reinterpret_cast<const CryptoPP::byte*>(bytes.data()), bytes.size());
  hasher.Final(digest.data());
  return digest;
}

}  // namespace ao::crypto
