// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/json_codec.hpp"

#include "ao/codec/structured.hpp"
#include "fuzz/fuzz.hpp"

namespace ao::codec {
namespace {

bool is_of(const Error& error, std::string_view family) {
  return error.code.starts_with(family);
}

}  // namespace

// JSON that is read as a TABM is written as the same TABM; and a message with types that can be
// written at all is read back as what it was.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto tabm = tabm_from_json(input);
  if (!tabm) {
    const bool is_json = is_of(tabm.error(), "json-");
    return fuzz::refused(tabm.error(), is_json ? "json-" : "structured-types");
  }
  const auto text = to_json_text(*tabm);
  AO_ASSERT(text.has_value());
  const auto again = tabm_from_json(*text);
  AO_ASSERT(again && *again == *tabm);

  const auto message = from_json_message(input);
  if (!message) return fuzz::refused(message.error(), "structured-");
  const auto back = to_tabm(*message);
  if (!back) return fuzz::refused(back.error(), "structured-");
  const auto rewritten = to_json_text(*back);
  if (!rewritten) return fuzz::refused(rewritten.error(), "json-");
  const auto reread = from_json_message(*rewritten);
  AO_ASSERT(reread.has_value());
  // Private keys were left out on the way, so it is the second time that nothing changes.
  const auto rest = to_tabm(*reread);
  AO_ASSERT(rest && *rest == *back);
  return 0;
}

}  // namespace ao::codec
