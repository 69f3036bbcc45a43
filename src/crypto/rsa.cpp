// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <memory>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr std::size_t kModulusBytes = 512;

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Free>;
using ContextPointer = std::unique_ptr<EVP_PKEY_CTX, Free>;

KeyPointer public_key(BytesView modulus) {
  std::array<unsigned char, kModulusBytes> native;  // OSSL_PARAM numbers are little-endian here
  std::ranges::reverse_copy(modulus, native.begin());
  unsigned exponent = 65537;
  const std::array parameters = {
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native.data(), native.size()),
      OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_E, &exponent), OSSL_PARAM_construct_end()};
  const ContextPointer context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  const bool made =
      EVP_PKEY_fromdata_init(context.get()) == 1 &&
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(parameters.data())) == 1;  // reads them only
  AO_ASSERT(made);
  return KeyPointer(key);
}

ContextPointer verifier_of(BytesView modulus) {
  const KeyPointer key = public_key(modulus);
  ContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const bool ready = EVP_PKEY_verify_init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PSS_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_signature_md(context.get(), EVP_sha256()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), EVP_sha256()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(context.get(), RSA_PSS_SALTLEN_AUTO) == 1;
  AO_ASSERT(ready);
  return context;
}

// The verifiers of the keys that this thread met last. A verifier costs 20 µs to make (most of it
// the Montgomery constants of the modulus) beside 54 µs for the verification, and signers return.
class RecentVerifiers {
 public:
  EVP_PKEY_CTX* find_or_make(BytesView modulus) {
    ++clock_;
    Entry* oldest = entries_.data();
    for (Entry& entry : entries_) {
      if (entry.modulus == modulus) {
        entry.used = clock_;
        return entry.verifier.get();
      }
      if (entry.used < oldest->used) oldest = &entry;
    }
    oldest->verifier = verifier_of(modulus);
    oldest->modulus = modulus;
    oldest->used = clock_;
    return oldest->verifier.get();
  }

 private:
  struct Entry {
    Bytes modulus;
    ContextPointer verifier;
    std::uint64_t used = 0;
  };

  std::array<Entry, 64> entries_;
  std::uint64_t clock_ = 0;
};

}  // namespace

const char* modulus_fault(BytesView modulus) {
  if (modulus.size() != kModulusBytes) return "the modulus has not 4096 bits";
  if ((octets(modulus)[0] & 0x80) == 0) return "the modulus has fewer than 4096 bits";
  if ((octets(modulus)[kModulusBytes - 1] & 1) == 0) return "the modulus is even";
  return nullptr;
}

Result<> verify_rsa(BytesView modulus, BytesView signature, BytesView message) {
  if (const char* fault = modulus_fault(modulus)) return malformed_key(fault);
  // Big-endian numbers of one size compare as bytes; a larger one stands for its remainder.
  if (signature >= modulus) return malleable("the RSA signature is not below the modulus");

  thread_local RecentVerifiers verifiers;
  EVP_PKEY_CTX* const verifier = verifiers.find_or_make(modulus);
  const Digest256 digest = sha256(message);
  if (EVP_PKEY_verify(verifier, octets(signature), signature.size(), digest.data(),
                      digest.size()) != 1) {
    ERR_clear_error();  // TLS on this thread would take what is left for its own
    return mismatch("the RSA signature is not of this content by this key");
  }
  return {};
}

}  // namespace ao::crypto
