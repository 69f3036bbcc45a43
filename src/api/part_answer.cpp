// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "part_answer.hpp"

#include <fmt/format.h>

#include "ao/message/paths.hpp"

namespace ao::api {

using message::Value;

std::vector<Bytes> rest_of(const Path& path, std::size_t index) {
  std::vector<Bytes> keys;
  for (std::size_t i = index; i < path.steps.size(); ++i) {
    const Step& step = path.steps[i];
    if (step.device == "json@1.0" && step.key.empty()) break;
    if (step.device == "json@1.0" && step.key == "serialize") break;
    keys.push_back(step.key);
  }
  return keys;
}

bool wants_json(const Path& path) {
  for (const Step& step : path.steps)
    if (step.device == "json@1.0") return true;
  return false;
}

http::Response part_answer(const Value& value, const std::vector<Bytes>& keys, bool as_json) {
  const Value* part = message::descend(value, keys);
  if (part == nullptr) {
    std::string path;
    for (const Bytes& key : keys)
      path += '/' + key;
    return error_answer(
        {ErrorKind::kNotFound, "key-absent", fmt::format("there is nothing at {}", path)});
  }
  return as_json ? json_answer(*part) : value_answer(*part);
}

}  // namespace ao::api
