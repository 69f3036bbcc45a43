// Nodes in this process that send to each other, and the programs that do.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "support/running_node.hpp"

namespace ao {

inline constexpr const char* kForwarder = R"(
Handlers.add("forward", "Forward", function(msg)
  for i = 1, tonumber(msg.Count) do
    Send({ Target = msg.To, Action = "Note", Data = msg.Data .. "/" .. i })
  end
end)
Handlers.add("reply", "Noted", function(msg)
  replies = (replies or 0) + 1
  Send({ device = "patch@1.0", replies = replies, replier = msg.From })
end)
)";

inline constexpr const char* kSink = R"(
notes = notes or {}
Handlers.add("note", "Note", function(msg)
  notes[#notes + 1] = msg.Data
  Send({ device = "patch@1.0", notes = table.concat(notes, " "), from = msg.From, count = #notes })
  msg.reply({ Action = "Noted" })
end)
)";

inline std::string url_of(const test::RunningNode& node) {
  return "http://127.0.0.1:" + std::to_string(node.port());
}

// Keeps its port over restarts.
inline void meet(test::RunningNode& node, std::vector<std::string> peers) {
  node.settings().http.listen = "127.0.0.1:" + std::to_string(node.port());
  node.settings().peers.urls = std::move(peers);
  node.restart();
}

inline std::string wait_for(test::RunningNode& node, const std::string& target,
                            const std::string& wanted) {
  std::string last;
  for (int i = 0; i < 1'500; ++i) {
    last = node.fetch("GET", target).body;
    if (last == wanted) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return last;
}

inline double metric(test::RunningNode& node, const std::string& name) {
  const std::string text = node.text("/metrics");
  const std::size_t at = text.find('\n' + name + ' ');
  return at == std::string::npos ? -1 : std::stod(text.substr(at + name.size() + 2));
}

inline void wait_for_peer(test::RunningNode& node) {
  for (int i = 0; i < 500 && metric(node, "aonode_peers_known") < 1; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(metric(node, "aonode_peers_known"), 1);
}

inline std::string shown(const ProcessId& process, const std::string& key) {
  return "/" + process.text() + "~process@1.0/now/" + key;
}

}  // namespace ao
