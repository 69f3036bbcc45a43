// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/cbor.hpp"

#include "ao/message/json.hpp"
#include "fuzz/fuzz.hpp"

namespace ao::message {

// One value has one encoding: what is read is written as it was. And whatever it holds, it can be
// shown to a client.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto value = from_cbor(input);
  if (!value) return fuzz::refused(value.error(), "cbor-");
  AO_ASSERT(to_cbor(*value) == input);
  AO_ASSERT(is_utf8(to_json(*value)));
  return 0;
}

}  // namespace ao::message
