// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "connection_counts.hpp"

#include <fmt/format.h>

#include "ao/base/assert.hpp"
#include "ao/base/bytes.hpp"

namespace ao::http {

Network network_of(const boost::asio::ip::address& address) {
  if (address.is_v4()) return Network{address.to_v4().to_uint()};
  const auto bytes = address.to_v6().to_bytes();
  return Network{get_u64be(BytesView(reinterpret_cast<const char*>(bytes.data()), 8))};
}

std::expected<void, Refusal> ConnectionCounts::enter(const boost::asio::ip::address& address) {
  if (total_ >= limits_.connections_max)
    return refuse(503, "connections-too-many",
                  fmt::format("{} connections are open", limits_.connections_max));
  std::size_t& here = by_network_[network_of(address)];
  if (here >= limits_.connections_per_address_max) {
    if (here == 0) by_network_.erase(network_of(address));
    return refuse(503, "connections-of-address-too-many",
                  fmt::format("{} connections are open from this address",
                              limits_.connections_per_address_max));
  }
  ++here;
  ++total_;
  return {};
}

void ConnectionCounts::leave(const boost::asio::ip::address& address) {
  const auto found = by_network_.find(network_of(address));
  AO_ASSERT(found != by_network_.end());
  if (--found->second == 0) by_network_.erase(found);
  --total_;
}

}  // namespace ao::http
