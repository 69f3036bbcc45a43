// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/cbor.hpp"

#include "fuzz/fuzz.hpp"

using namespace ao;

// One value has one encoding: whatever is read is written as it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto value = message::from_cbor(input);
  if (!value) return fuzz::refused(value.error(), {"cbor-malformed"});
  AO_ASSERT(message::to_cbor(*value) == input);
  return 0;
}
