// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
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
#include "pss.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr std::size_t kModulusBytes = kPssBlockBytes;

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

// Raises to the public exponent and leaves the padding to us: the library's own check takes one
// salt length or any, and we accept a few.
ContextPointer opener_of(BytesView modulus) {
  const KeyPointer key = public_key(modulus);
  ContextPointer context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const bool ready = EVP_PKEY_verify_recover_init(context.get()) == 1 &&
                     EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) == 1;
  AO_ASSERT(ready);
  return context;
}

// The keys that this thread met last, ready to open signatures. One costs 20 µs to make (most of it
// the Montgomery constants of the modulus) beside 54 µs for the verification, and signers return.
class RecentOpeners {
 public:
  EVP_PKEY_CTX* find_or_make(BytesView modulus) {
    ++clock_;
    Entry* oldest = entries_.data();
    for (Entry& entry : entries_) {
      if (entry.modulus == modulus) {
        entry.used = clock_;
        return entry.opener.get();
      }
      if (entry.used < oldest->used) oldest = &entry;
    }
    oldest->opener = opener_of(modulus);
    oldest->modulus = modulus;
    oldest->used = clock_;
    return oldest->opener.get();
  }

 private:
  struct Entry {
    Bytes modulus;
    ContextPointer opener;
    std::uint64_t used = 0;
  };

  std::array<Entry, 64> entries_;
  std::uint64_t clock_ = 0;
};

// What the clients make: none, one of 32 bytes, one as long as the hash, one that fills the block.
// A signature with any other salt is one that only its signer can make, and nobody's library does.
bool is_salt_in_use(std::size_t salt_bytes, std::size_t digest_bytes) {
  return salt_bytes == 0 || salt_bytes == 32 || salt_bytes == digest_bytes ||
         salt_bytes == kPssBlockBytes - digest_bytes - 2;
}

template <class Digest>
Result<> verify_rsa(BytesView modulus, BytesView signature, const Digest& digest) {
  AO_CHECK(check_modulus(modulus));
  // Big-endian numbers of one size compare as bytes; a larger one stands for its remainder.
  if (signature >= modulus)
    return invalid("rsa-signature-range", "the RSA signature is a number not below the modulus");

  thread_local RecentOpeners openers;
  EVP_PKEY_CTX* const opener = openers.find_or_make(modulus);
  PssBlock encoded;
  std::size_t size = encoded.size();
  if (EVP_PKEY_verify_recover(opener, encoded.data(), &size, octets(signature), signature.size()) !=
          1 ||
      size != encoded.size()) {
    ERR_clear_error();  // TLS on this thread would take what is left for its own
    return mismatch("the RSA signature cannot be opened with this key");
  }
  const auto salt_bytes = pss_salt_bytes(encoded, digest);
  if (!salt_bytes) return mismatch("the RSA signature is not of this content by this key");
  if (!is_salt_in_use(*salt_bytes, digest.size()))
    return fail(
        ErrorKind::kInvalid, "rsa-salt-length",
        fmt::format("the RSA signature has a salt of {} bytes; with SHA-{} only {} is taken",
                    *salt_bytes, 8 * digest.size(),
                    digest.size() == 32 ? "0, 32 or 478" : "0, 32, 64 or 446"));
  return {};
}

}  // namespace

Result<> check_modulus(BytesView modulus) {
  if (modulus.size() != kModulusBytes)
    return invalid("rsa-modulus-size", fmt::format("the RSA modulus has {} bytes; it must have {}",
                                                   modulus.size(), kModulusBytes));
  if ((octets(modulus)[0] & 0x80) == 0)
    return invalid("rsa-modulus-size",
                   "the RSA modulus starts with a 0 bit; it must have 4096 bits");
  if ((octets(modulus)[kModulusBytes - 1] & 1) == 0)
    return invalid("rsa-modulus-even",
                   "the RSA modulus is even, so it is no product of two primes");
  return {};
}

Result<> verify_rsa_sha256(BytesView modulus, BytesView signature, BytesView message) {
  return verify_rsa(modulus, signature, sha256(message));
}

Result<> verify_rsa_sha512(BytesView modulus, BytesView signature, BytesView message) {
  return verify_rsa(modulus, signature, sha512(message));
}

}  // namespace ao::crypto
