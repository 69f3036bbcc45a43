// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "connection_counts.hpp"

#include <fmt/format.h>

#include "ao/base/assert.hpp"

namespace ao::http {
namespace {

std::unexpected<Refusal> full(std::string_view code, std::string text) {
  return std::unexpected(Refusal{503, code, std::move(text), std::chrono::seconds(1)});
}

}  // namespace

std::expected<void, Refusal> ConnectionCounts::enter(std::optional<Network> network) {
  if (total_ >= limits_.connections_max)
    return full("connections-too-many",
                fmt::format("{} connections are open", limits_.connections_max));
  if (network) {
    std::size_t& here = by_network_[*network];
    if (here >= limits_.connections_per_address_max) {
      if (here == 0) by_network_.erase(*network);
      return full("connections-of-address-too-many",
                  fmt::format("{} connections are open from this address",
                              limits_.connections_per_address_max));
    }
    ++here;
  }
  ++total_;
  return {};
}

void ConnectionCounts::leave(std::optional<Network> network) {
  if (network) {
    const auto found = by_network_.find(*network);
    AO_ASSERT(found != by_network_.end());
    if (--found->second == 0) by_network_.erase(found);
  }
  --total_;
}

}  // namespace ao::http
