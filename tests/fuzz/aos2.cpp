// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/aos2.hpp"

#include "ao/message/json.hpp"
#include "fuzz/fuzz.hpp"

namespace ao::codec {
namespace {

bool is_text(const message::Tags& tags) {
  for (const message::Tag& tag : tags)
    if (tag.name.empty() || !is_utf8(tag.name) || !is_utf8(tag.value)) return false;
  return true;
}

// What is written of an item is read as its content.
void check_item(const message::DataItem& item) {
  const auto claimed = read_aos2_message(message::to_json(aos2_message(item)));
  if (!is_text(item.tags())) return;
  AO_ASSERT(claimed.has_value());
  AO_ASSERT(claimed->draft.target == item.target());
  AO_ASSERT(claimed->draft.anchor == item.anchor());
  AO_ASSERT(claimed->draft.tags == item.tags());
  AO_ASSERT(claimed->draft.data == item.data());
  AO_ASSERT(claimed->id == item.id().text());
  AO_ASSERT(claimed->owner == item.signer().text);
}

}  // namespace

// The input is an item, or else the JSON of a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto item = message::DataItem::parse(Bytes(input));
  if (item) {
    check_item(*item);
    return 0;
  }
  const auto claimed = read_aos2_message(input);
  if (!claimed)
    return fuzz::refused(claimed.error(),
                         claimed.error().code.starts_with("json-") ? "json-" : "aos2-");
  AO_ASSERT(claimed->draft.target.empty() || claimed->draft.target.size() == 32);
  for (const message::Tag& tag : claimed->draft.tags)
    AO_ASSERT(!tag.name.empty());
  return 0;
}

}  // namespace ao::codec
