// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/structured_fields.hpp"

#include "fuzz/fuzz.hpp"

namespace ao::codec::sf {
namespace {

void check(const Result<Dictionary>& dictionary, BytesView input, Keys keys) {
  if (!dictionary) {
    fuzz::refused(dictionary.error(), "sf-");
    return;
  }
  for (const Entry& entry : *dictionary)
    AO_ASSERT(fuzz::lies_inside(entry.source, input));
  const auto text = serialise(*dictionary, keys);
  AO_ASSERT(text);
  const auto again = parse_dictionary(*text, keys);
  AO_ASSERT(again && again->size() == dictionary->size());
  for (std::size_t i = 0; i < again->size(); ++i)
    AO_ASSERT((*again)[i].key == (*dictionary)[i].key &&
              (*again)[i].member == (*dictionary)[i].member);
}

}  // namespace

// What is read can be written, and read again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  check(parse_dictionary(input), input, Keys::kStrict);
  check(parse_dictionary(input, Keys::kAo, Duplicates::kRefuse), input, Keys::kAo);
  if (const auto item = parse_item(input)) {
    const auto text = serialise(*item);
    AO_ASSERT(text && parse_item(*text) == *item);
  }
  const auto list = parse_list(input);
  if (!list) return fuzz::refused(list.error(), "sf-");
  const auto text = serialise(*list);
  AO_ASSERT(text);
  const auto again = parse_list(*text);
  AO_ASSERT(again && *again == *list);
  return 0;
}

}  // namespace ao::codec::sf
