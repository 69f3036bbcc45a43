// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "state_difference.hpp"

namespace ao::execution {

using message::Map;
using message::Value;

Value difference_between(const Value& before, const Value& after) {
  static const Map kNothing;
  const Map& old_map = before.map() ? *before.map() : kNothing;
  const Map& new_map = after.map() ? *after.map() : kNothing;
  Map difference;
  for (const auto& [key, value] : new_map) {
    const Value* old_value = old_map.find(key);
    if (old_value != nullptr && *old_value == value) continue;
    const bool both_maps = old_value != nullptr && old_value->map() && value.map();
    difference.set(key, both_maps ? difference_between(*old_value, value) : value);
  }
  for (const auto& [key, value] : old_map)
    if (new_map.find(key) == nullptr) difference.set(key, Value());
  return difference;
}

}  // namespace ao::execution
