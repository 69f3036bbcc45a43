// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/gateway/answer.hpp"

#include "ao/message/json.hpp"

namespace ao::gateway {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::size_t kShownBytes = 160;

}  // namespace

std::string shown(BytesView body) {
  std::string text(body.substr(0, kShownBytes));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  return text;
}

std::optional<std::uint64_t> number_at(const Value& value, BytesView name) {
  const Value* found = value.find(name);
  if (found == nullptr) return std::nullopt;
  if (const auto* integer = found->integer()) {
    if (*integer < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*integer);
  }
  const Bytes* text = found->bytes();
  if (text == nullptr || text->empty() || text->size() > 18) return std::nullopt;
  if (text->find_first_not_of("0123456789") != text->npos) return std::nullopt;
  return std::stoull(*text);
}

Bytes asking(const std::string& query) {
  return message::to_json(Map{{"query", query}});
}

const List* edges_in(const Value& answer) {
  const Value* data = answer.find("data");
  const Value* transactions = data == nullptr ? nullptr : data->find("transactions");
  const Value* edges = transactions == nullptr ? nullptr : transactions->find("edges");
  return edges == nullptr ? nullptr : edges->list();
}

}  // namespace ao::gateway
