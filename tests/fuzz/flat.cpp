// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/flat.hpp"

#include "fuzz/fuzz.hpp"

namespace ao::codec {

// Text that is read is a message that survives both of its flat forms.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tabm = from_flat_text(fuzz::view(data, size));
  if (!tabm) return fuzz::refused(tabm.error(), "flat-");
  const auto flat = flatten(*tabm);
  AO_ASSERT(flat.has_value());
  const auto nested = unflatten(*flat);
  AO_ASSERT(nested && *nested == *tabm);
  const auto text = to_flat_text(*tabm);
  AO_ASSERT(text.has_value());
  const auto again = from_flat_text(*text);
  AO_ASSERT(again && *again == *tabm);
  AO_ASSERT(*to_flat_text(*again) == *text);
  return 0;
}

}  // namespace ao::codec
