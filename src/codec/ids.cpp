// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/ids.hpp"

#include "ao/codec/commitment.hpp"
#include "ao/codec/structured.hpp"
#include "tabm_ids.hpp"

namespace ao::codec {

using message::Map;

Result<Map> linked(const Map& tabm) {
  std::vector<Map::Entry> entries;
  entries.reserve(tabm.size());
  for (const auto& [key, value] : tabm) {
    if (key == "commitments") continue;
    if (value.map() == nullptr) {
      entries.emplace_back(key, value);
      continue;
    }
    AO_TRY(id, tabm_id(*value.map()));
    entries.emplace_back(key + "+link", id.text());
  }
  return Map::from(std::move(entries));
}

Result<MessageId> uncommitted_tabm_id(const Map& tabm, Form form) {
  Map content = tabm;
  if (form == Form::kLinked) {
    AO_TRY(without_children, linked(tabm));
    content = std::move(without_children);
  }
  AO_TRY(http, to_http_form(content, Texts::kOneLine));
  const CanonicalBase base = canonical_base(
      http,
      {.algorithm = "hmac-sha256", .keyid = "ao", .is_bundled = form == Form::kBundled, .tag = {}});
  return *MessageId::from_bytes(crypto::view(crypto::hmac_sha256("ao", base.text)));
}

Result<MessageId> tabm_id(const Map& tabm) {
  AO_TRY(commitments, commitments_of(tabm));
  std::vector<MessageId> signed_ids;
  for (const Commitment& one : commitments)
    if (one.committer) signed_ids.push_back(one.id);
  if (signed_ids.empty()) return uncommitted_tabm_id(tabm, Form::kLinked);
  return sum_of(signed_ids);
}

Result<MessageId> uncommitted_id(const Map& message, Form form) {
  AO_TRY(tabm, to_tabm(message));
  return uncommitted_tabm_id(tabm, form);
}

Result<MessageId> message_id(const Map& message) {
  AO_TRY(tabm, to_tabm(message));
  return tabm_id(tabm);
}

MessageId sum_of(std::span<const MessageId> ids) {
  Bytes sum(MessageId::kSize, '\0');
  for (const MessageId& id : ids) {
    unsigned carry = 0;
    for (std::size_t i = sum.size(); i-- > 0;) {
      carry += static_cast<unsigned char>(sum[i]) + static_cast<unsigned char>(id.bytes()[i]);
      sum[i] = static_cast<char>(carry & 0xff);
      carry >>= 8;
    }
  }
  return *MessageId::from_bytes(sum);
}

}  // namespace ao::codec
