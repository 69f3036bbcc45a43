// A program that counts, and shows how far; what a process shows; what an answer that refuses says;
// metrics.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <thread>

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

inline std::string shown(const ProcessId& process, const std::string& key) {
  return "/" + process.text() + "~process@1.0/now/" + key;
}

// Until the body of GET `target` is that, or for long enough that it never will be.
inline std::string wait_for(RunningNode& node, const std::string& target,
                            const std::string& wanted) {
  std::string last;
  for (int i = 0; i < 1'500; ++i) {
    last = node.fetch("GET", target).body;
    if (last == wanted) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return last;
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
