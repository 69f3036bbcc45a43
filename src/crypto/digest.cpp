// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/digest.hpp"

// A message costs some twenty digests of a few dozen bytes each. The calls that OpenSSL 3 wants
// used look up and allocate, which costs as much again as such a digest; these only hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "ao/base/assert.hpp"

namespace ao::crypto {

Digest256 sha256(BytesView bytes) {
  Digest256 digest;
  SHA256_CTX context;
  const bool done = SHA256_Init(&context) == 1 &&
                    SHA256_Update(&context, bytes.data(), bytes.size()) == 1 &&
                    SHA256_Final(digest.data(), &context) == 1;
  AO_ASSERT(done);
  return digest;
}

Digest384 sha384(BytesView bytes) {
  Digest384 digest;
  SHA512_CTX context;
  const bool done = SHA384_Init(&context) == 1 &&
                    SHA384_Update(&context, bytes.data(), bytes.size()) == 1 &&
                    SHA384_Final(digest.data(), &context) == 1;
  AO_ASSERT(done);
  return digest;
}

Digest512 sha512(BytesView bytes) {
  Digest512 digest;
  SHA512_CTX context;
  const bool done = SHA512_Init(&context) == 1 &&
                    SHA512_Update(&context, bytes.data(), bytes.size()) == 1 &&
                    SHA512_Final(digest.data(), &context) == 1;
  AO_ASSERT(done);
  return digest;
}

Digest256 hmac_sha256(BytesView key, BytesView message) {
  Digest256 code;
  const auto* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                reinterpret_cast<const unsigned char*>(message.data()),
                                message.size(), code.data(), nullptr);
  AO_ASSERT(done != nullptr);
  return code;
}

}  // namespace ao::crypto
