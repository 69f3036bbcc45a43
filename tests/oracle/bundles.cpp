// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/bundle.hpp"

#include "oracle/answer.hpp"

namespace ao::test {
namespace {

// Every item is verified, however deep. False puts the refusal into `answer`.
bool add_all(const std::vector<message::BundledItem>& items, Json& list, Json& answer) {
  for (const auto& bundled : items) {
    if (const auto verdict = bundled.item.verify(); !verdict) {
      answer = refused(verdict.error());
      return false;
    }
    Json fields = fields_of(bundled.item);
    fields["items"] = Json::array();
    if (!add_all(bundled.items, fields["items"], answer)) return false;
    list.push_back(std::move(fields));
  }
  return true;
}

}  // namespace

Json read_bundle(const Json& question) {
  const Bytes bytes = bytes_in(question, "bytes");
  const auto items = message::read_bundle(bytes);
  if (!items) return refused(items.error());
  Json answer;
  Json list = Json::array();
  if (add_all(*items, list, answer)) answer = {{"ok", {{"items", std::move(list)}}}};
  return answer;
}

Json write_bundle(const Json& question) {
  std::vector<message::DataItem> items;
  for (const Json& text : question.at("items")) {
    auto item = message::DataItem::parse(from_base64url(text.get<std::string>()).value());
    if (!item) return refused(item.error());
    items.push_back(std::move(*item));
  }
  return {{"ok", {{"bytes", base64url(message::write_bundle(items))}}}};
}

}  // namespace ao::test
