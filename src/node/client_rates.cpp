// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "client_rates.hpp"

#include <algorithm>

#include "ao/base/assert.hpp"

namespace ao::node {

ClientRates::ClientRates(const ClientRateSettings& settings, std::uint64_t hash_seed)
    : per_token_(std::chrono::seconds(1)),
      refused_cost_(settings.refused_cost),
      clients_max_(settings.clients_max),
      by_network_(0, Hash{hash_seed}) {
  AO_ASSERT(settings.verifications_per_second > 0 && settings.verifications_burst > 0);
  AO_ASSERT(clients_max_ > 0);
  per_token_ /= static_cast<std::int64_t>(settings.verifications_per_second);
  burst_ = per_token_ * static_cast<std::int64_t>(settings.verifications_burst);
}

std::expected<void, ClientRates::Duration> ClientRates::take(http::Network network, Time now) {
  Client& client = client_of(network, now);
  const Time full_at = std::max(client.full_at, now) + per_token_;
  if (full_at > now + burst_) return std::unexpected(full_at - (now + burst_));
  client.full_at = full_at;
  return {};
}

void ClientRates::refused(http::Network network, Time now) {
  if (refused_cost_ <= 1) return;
  Client& client = client_of(network, now);
  const Time full_at = std::max(client.full_at, now) + per_token_ * (refused_cost_ - 1);
  client.full_at = std::min(full_at, now + 2 * burst_);
}

ClientRates::Client& ClientRates::client_of(http::Network network, Time now) {
  if (const auto known = by_network_.find(network); known != by_network_.end()) {
    clients_.splice(clients_.begin(), clients_, known->second);
    return *known->second;
  }
  const auto forget_last = [this] {
    by_network_.erase(clients_.back().network);
    clients_.pop_back();
  };
  // A full bucket is as good as none. Two for each that comes: the table follows who is active.
  for (int i = 0; i < 2 && !clients_.empty() && clients_.back().full_at <= now; ++i)
    forget_last();
  if (clients_.size() >= clients_max_) forget_last();
  clients_.push_front({network, now});
  by_network_.emplace(network, clients_.begin());
  return clients_.front();
}

// The finalizer of SplitMix64.
std::size_t ClientRates::Hash::operator()(http::Network network) const {
  std::uint64_t x = static_cast<std::uint64_t>(network) ^ seed;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace ao::node
