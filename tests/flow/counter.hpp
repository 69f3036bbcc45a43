// A program that counts, and shows how far; what an answer that refuses says; metrics.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/running_node.hpp"

namespace ao::test {

constexpr const char* kCounter = R"(
count = count or 0
Handlers.add("add", "Add", function(msg)
  count = count + 1
  Send({ device = "patch@1.0", count = count })
end)
Handlers.add("spin", "Spin", function(msg)
  while true do end
end))";

inline std::string shown_count(RunningNode& node, const ProcessId& counter) {
  return node.text("/" + counter.text() + "~process@1.0/now/count");
}

inline std::string code_of(const http::Response& response) {
  return nlohmann::json::parse(response.body)["error"]["code"];
}

// The value of a metric without labels.
inline std::string metric(RunningNode& node, const std::string& name) {
  const std::string all = node.text("/metrics");
  const std::size_t at = all.find('\n' + name + ' ') + name.size() + 2;
  return all.substr(at, all.find('\n', at) - at);
}

}  // namespace ao::test
