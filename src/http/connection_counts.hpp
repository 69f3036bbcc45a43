// How many connections are open, in all and from each address. Pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <unordered_map>

#include "ao/http/message.hpp"
#include "ao/http/settings.hpp"
#include "refusal.hpp"

namespace ao::http {

class ConnectionCounts {
 public:
  explicit ConnectionCounts(const Limits& limits) : limits_(limits) {}

  // Without a network it counts among all only: proxies, and whoever may open the Unix socket.
  std::expected<void, Refusal> enter(std::optional<Network> network);
  void leave(std::optional<Network> network);  // one that entered

 private:
  const Limits& limits_;
  std::size_t total_ = 0;
  std::unordered_map<Network, std::size_t> by_network_;
};

}  // namespace ao::http
