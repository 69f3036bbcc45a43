// How many connections are open, in all and from each address. Pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ip/address.hpp>
#include <unordered_map>

#include "ao/http/server.hpp"
#include "refusal.hpp"

namespace ao::http {

Network network_of(const boost::asio::ip::address& address);

class ConnectionCounts {
 public:
  explicit ConnectionCounts(const Limits& limits) : limits_(limits) {}

  std::expected<void, Refusal> enter(const boost::asio::ip::address& address);
  void leave(const boost::asio::ip::address& address);  // one that entered

 private:
  const Limits& limits_;
  std::size_t total_ = 0;
  std::unordered_map<Network, std::size_t> by_network_;
};

}  // namespace ao::http
