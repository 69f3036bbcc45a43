// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/data_item.hpp"
#include "oracle/answer.hpp"

namespace ao::test {

Json fields_of(const message::DataItem& item) {
  Json tags = Json::array();
  for (const auto& tag : item.tags())
    tags.push_back({base64url(tag.name), base64url(tag.value)});
  return {{"id", item.id().text()},
          {"type", static_cast<int>(item.type())},
          {"address", item.signer().text},
          {"owner", base64url(item.owner())},
          {"target", base64url(item.target())},
          {"anchor", base64url(item.anchor())},
          {"tags", std::move(tags)},
          {"data", base64url(item.data())}};
}

Json verify_item(const Json& question) {
  const auto item = message::DataItem::parse(bytes_in(question, "bytes"));
  if (!item) return refused(item.error());
  const auto verdict = item->verify();
  if (!verdict) return refused(verdict.error());
  return {{"ok", fields_of(*item)}};
}

Json sign_item(const Json& question) {
  const Json& asked = question.at("draft");
  message::Draft draft{
      bytes_in(asked, "target"), bytes_in(asked, "anchor"), {}, bytes_in(asked, "data")};
  for (const Json& tag : asked.at("tags"))
    draft.tags.push_back({from_base64url(tag.at(0).get<std::string>()).value(),
                          from_base64url(tag.at(1).get<std::string>()).value()});
  const auto item = message::DataItem::sign(draft, key_in(question));
  if (!item) return refused(item.error());
  return {{"ok", {{"bytes", base64url(item->bytes())}}}};
}

}  // namespace ao::test
