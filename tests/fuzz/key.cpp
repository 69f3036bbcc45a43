// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/key.hpp"

#include "fuzz/fuzz.hpp"

namespace ao::crypto {

// A key that is read is whole: its own text makes it again, and what it signs holds. (Signing with
// RSA is too slow for this; tests/unit/crypto does it.)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto key = Key::from_jwk(fuzz::view(data, size));
  if (!key) return fuzz::refused(key.error(), "key-");
  const Key& one = **key;
  AO_ASSERT(one.public_key().size() == sizes_of(one.type()).public_key);
  AO_ASSERT(!one.address().text.empty());
  if (one.type() == SignatureType::kArweave) return 0;
  const auto again = Key::from_jwk(one.jwk());
  AO_ASSERT(again && (*again)->public_key() == one.public_key());
  AO_ASSERT(verify(one.type(), one.public_key(), one.sign("message"), "message").has_value());
  return 0;
}

}  // namespace ao::crypto
