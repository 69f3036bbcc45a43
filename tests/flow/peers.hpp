// Whole nodes that know each other, and processes on them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <thread>

#include "flow/counter.hpp"

namespace ao::test {

constexpr const char* kForwarder = R"(
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

constexpr const char* kSink = R"(
notes = notes or {}
Handlers.add("note", "Note", function(msg)
  notes[#notes + 1] = msg.Data
  Send({ device = "patch@1.0", notes = table.concat(notes, " "), from = msg.From, count = #notes })
  msg.reply({ Action = "Noted" })
end)
)";

inline std::string url_of(const RunningNode& node) {
  return "http://127.0.0.1:" + std::to_string(node.port());
}

// Keeps its port over restarts.
inline void meet(RunningNode& node, std::vector<std::string> peers) {
  node.settings().http.listen = "127.0.0.1:" + std::to_string(node.port());
  node.settings().peers.urls = std::move(peers);
  node.restart();
}

inline void wait_for_peer(RunningNode& node) {
  for (int i = 0; i < 500 && metric(node, "aonode_peers_known") == "0"; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(metric(node, "aonode_peers_known"), "1");
}

}  // namespace ao::test
