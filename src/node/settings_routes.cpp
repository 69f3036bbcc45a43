// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_routes.hpp"

namespace ao::node {

using message::List;
using message::Map;
using message::Value;

namespace {

Result<Value> list_of(const toml::array& array) {
  List list;
  for (const toml::node& each : array) {
    AO_TRY(value, value_of(each));
    list.push_back(std::move(value));
  }
  return Value(std::move(list));
}

Result<Value> map_of(const toml::table& table) {
  Map map;
  for (const auto& [key, each] : table) {
    AO_TRY(value, value_of(each));
    map.set(Bytes(key.str()), std::move(value));
  }
  return Value(std::move(map));
}

}  // namespace

Result<Value> value_of(const toml::node& node) {
  if (const auto* text = node.as_string()) return Value(text->get());
  if (const auto* number = node.as_integer()) return Value(number->get());
  if (const auto* number = node.as_floating_point()) return Value(number->get());
  if (const auto* truth = node.as_boolean()) return Value(truth->get());
  if (const auto* array = node.as_array()) return list_of(*array);
  if (const auto* table = node.as_table()) return map_of(*table);
  return fail(ErrorKind::kInvalid, "route-malformed", "a route holds no dates");
}

}  // namespace ao::node
