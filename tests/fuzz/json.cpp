// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/json.hpp"

#include "ao/message/cbor.hpp"
#include "fuzz/fuzz.hpp"

namespace ao::message {
namespace {

// The colons outside strings: one a member.
std::size_t members_in(std::string_view text) {
  std::size_t members = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (!in_string && text[i] == ':') {
      ++members;
    }
  }
  return members;
}

std::size_t members_of(const Value& value) {
  std::size_t members = 0;
  if (const List* list = value.list())
    for (const Value& item : *list)
      members += members_of(item);
  if (const Map* map = value.map())
    for (const auto& [key, item] : *map)
      members += 1 + members_of(item);
  return members;
}

}  // namespace

// What is read can be written, and read again as the same value; the same holds by way of the form
// in which values are stored. No member gets lost.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto value = from_json(input);
  if (!value) return fuzz::refused(value.error(), "json-");
  AO_ASSERT(is_utf8(input));
  AO_ASSERT(members_of(*value) == members_in(input));
  const std::string text = to_json(*value);
  const auto again = from_json(text);
  AO_ASSERT(again && *again == *value);
  AO_ASSERT(to_json(*again) == text);
  const auto stored = from_cbor(to_cbor(*value));
  AO_ASSERT(stored && *stored == *value);
  return 0;
}

}  // namespace ao::message
