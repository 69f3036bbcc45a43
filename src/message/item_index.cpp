// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/item_index.hpp"

#include <algorithm>

#include "ao/crypto/digest.hpp"

namespace ao::message::item_index {
namespace {

// What the parts are is told by their lengths.
Bytes list(char kind, BytesView first, BytesView second = {}) {
  Bytes said(1, kind);
  put_u64be(said, first.size());
  said += first;
  said += second;
  const auto digest = crypto::sha256(said);
  return Bytes(kTable).append(crypto::view(digest).substr(0, kListBytes));
}

}  // namespace

Bytes list_of_all() {
  return list('a', {});
}

Bytes list_of_owner(BytesView address) {
  return list('o', address);
}

Bytes list_of_recipient(BytesView target) {
  return list('r', target);
}

Bytes list_of_tag(BytesView name, BytesView value) {
  return list('t', name, value);
}

Bytes place_of(const MessageId& id, Timestamp at) {
  Bytes place;
  put_u64be(place, ~at.milliseconds);
  return place.append(id.bytes());
}

Timestamp time_in(BytesView place) {
  return Timestamp{~get_u64be(place)};
}

MessageId id_in(BytesView place) {
  return *MessageId::from_bytes(place.substr(8, 32));
}

std::vector<Bytes> keys_of(const DataItem& item, Timestamp at) {
  std::vector<Bytes> keys = {list_of_all(), list_of_owner(item.signer().text)};
  if (!item.target().empty()) keys.push_back(list_of_recipient(base64url(item.target())));
  for (const Tag& tag : item.tags())
    keys.push_back(list_of_tag(tag.name, tag.value));
  std::ranges::sort(keys);
  const auto same = std::ranges::unique(keys);
  keys.erase(same.begin(), same.end());
  const Bytes place = place_of(item.id(), at);
  for (Bytes& key : keys)
    key += place;
  return keys;
}

}  // namespace ao::message::item_index
