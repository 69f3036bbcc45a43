// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "ao/base/assert.hpp"

namespace ao::crypto {
namespace {

// A message costs about 25 digests of a few dozen bytes each, so looking up the algorithm and
// allocating a context is paid once a thread, not once a digest.
class Hasher {
 public:
  explicit Hasher(const EVP_MD* algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
    AO_ASSERT(algorithm_ != nullptr && context_ != nullptr);
  }

  template <class Digest>
  Digest operator()(BytesView bytes) {
    Digest digest;
    const bool done = EVP_DigestInit_ex2(context_.get(), algorithm_, nullptr) == 1 &&
                      EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1 &&
                      EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1;
    AO_ASSERT(done);
    return digest;
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };

  const EVP_MD* algorithm_;
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

Digest256 sha256(BytesView bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local Hasher hasher(algorithm);
  return hasher.operator()<Digest256>(bytes);
}

Digest384 sha384(BytesView bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  thread_local Hasher hasher(algorithm);
  return hasher.operator()<Digest384>(bytes);
}

Digest512 sha512(BytesView bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  thread_local Hasher hasher(algorithm);
  return hasher.operator()<Digest512>(bytes);
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
