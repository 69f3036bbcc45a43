// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "oracle/answer.hpp"

namespace ao::test {

Json json_of(const message::Map& map) {
  Json entries = Json::array();
  for (const auto& [key, value] : map)
    entries.push_back({base64url(key), json_of(value)});
  return {"map", std::move(entries)};
}

Json json_of(const message::Value& value) {
  if (const auto* truth = value.boolean()) return {"boolean", *truth};
  if (const auto* number = value.integer()) return {"integer", std::to_string(*number)};
  if (const auto* number = value.floating()) return {"float", *number};
  if (const auto* bytes = value.bytes()) return {"bytes", base64url(*bytes)};
  if (const auto* atom = value.atom()) return {"atom", base64url(atom->name)};
  if (const auto* link = value.link()) return {"link", link->id.text()};
  if (const auto* map = value.map()) return json_of(*map);
  if (const auto* list = value.list()) {
    Json elements = Json::array();
    for (const auto& element : *list)
      elements.push_back(json_of(element));
    return {"list", std::move(elements)};
  }
  return {"null", nullptr};
}

message::Value value_in(const Json& json) {
  const auto& kind = json.at(0).get_ref<const std::string&>();
  const Json& held = json.at(1);
  if (kind == "null") return nullptr;
  if (kind == "boolean") return held.get<bool>();
  if (kind == "integer") return std::int64_t{std::stoll(held.get<std::string>())};
  if (kind == "float") return held.get<double>();
  if (kind == "bytes") return from_base64url(held.get<std::string>()).value();
  if (kind == "atom") return message::Value::atom(from_base64url(held.get<std::string>()).value());
  if (kind == "list") {
    message::List list;
    for (const Json& element : held)
      list.push_back(value_in(element));
    return list;
  }
  if (kind == "map") return map_in(json);
  throw std::invalid_argument("no kind of value: " + kind);
}

message::Map map_in(const Json& json) {
  std::vector<message::Map::Entry> entries;
  for (const Json& entry : json.at(1))
    entries.emplace_back(from_base64url(entry.at(0).get<std::string>()).value(),
                         value_in(entry.at(1)));
  return message::Map::from(std::move(entries));
}

}  // namespace ao::test
