// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/directory.hpp"

namespace ao::peers {
namespace {

constexpr std::uint64_t kAheadMsMax = 300'000;  // what clocks of two machines may differ by

}  // namespace

bool Directory::learn(Location location, Timestamp now) {
  if (location.scheduler == self_ || location.expires() <= now) return false;
  if (location.said.milliseconds > now.milliseconds + kAheadMsMax) return false;
  const auto known = locations_.find(location.scheduler.text);
  if (known != locations_.end() && known->second.said >= location.said) return false;
  locations_.insert_or_assign(location.scheduler.text, std::move(location));
  return true;
}

std::optional<Location> Directory::find(const Address& scheduler, Timestamp now) const {
  const auto known = locations_.find(scheduler.text);
  if (known == locations_.end() || known->second.expires() <= now) return std::nullopt;
  return known->second;
}

std::vector<Location> Directory::peers(Timestamp now) const {
  std::vector<Location> found;
  for (const auto& [address, location] : locations_)
    if (location.is_peer && location.expires() > now) found.push_back(location);
  return found;
}

}  // namespace ao::peers
