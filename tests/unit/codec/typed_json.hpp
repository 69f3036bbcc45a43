// Messages as the recorded vectors spell them: {"$atom"}, {"$float"}, {"$b64"} and {"$link"} for
// the values that JSON lacks.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/httpsig.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::test {

inline message::Value value_of(const nlohmann::json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_null()) return {};
  if (json.is_array()) {
    message::List list;
    for (const auto& one : json)
      list.push_back(value_of(one));
    return list;
  }
  if (json.contains("$atom")) return message::Value::atom(json["$atom"].get<std::string>());
  if (json.contains("$float")) return std::stod(json["$float"].get<std::string>());
  if (json.contains("$b64")) return from_base64(json["$b64"]);
  if (json.contains("$link"))
    return message::Link{*MessageId::from_text(json["$link"].get<std::string>())};
  message::Map map;
  for (const auto& [key, value] : json.items())
    map.set(key, value_of(value));
  return map;
}

inline message::Map map_of(const nlohmann::json& json) {
  return std::move(*value_of(json).map());
}

// A recorded {header: value, …, "body": …}.
inline codec::HttpForm form_of(const nlohmann::json& json) {
  codec::HttpForm form;
  for (const auto& [name, value] : json.items()) {
    if (name == "body") {
      form.body = *value_of(value).bytes();
    } else {
      form.fields.set(name, value_of(value));
    }
  }
  return form;
}

}  // namespace ao::test
