// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/ids.hpp"
#include "fuzz/fuzz.hpp"

namespace ao {

// Bytes have one text: what is read is written as it was, and every byte string survives.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto there = from_base64url(base64url(input));
  AO_ASSERT(there && *there == input);

  const auto bytes = from_base64url(input);
  const auto id = MessageId::from_text(input);
  AO_ASSERT(id.has_value() == (bytes && bytes->size() == 32));
  if (id) AO_ASSERT(id->text() == input);
  if (!bytes) return fuzz::refused(bytes.error(), "base64url-");
  AO_ASSERT(base64url(*bytes) == input);
  return 0;
}

}  // namespace ao
