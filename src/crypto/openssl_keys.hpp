// Keys as OpenSSL holds them, and its objects with an owner.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>

#include "jwk.hpp"

namespace ao::crypto {

struct FreeOpenSsl {
  void operator()(BIO* stream) const { BIO_free(stream); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

// Errors: "key-malformed" naming the member at fault.
Result<Owned<EVP_PKEY>> rsa_openssl_key(const Jwk& jwk);

// With the private members. Errors: "key-malformed" naming one that the key lacks.
Result<Jwk> rsa_jwk(const EVP_PKEY* key);

}  // namespace ao::crypto
