// Who may have how much verified: a token bucket for each client. Pure: the caller brings the time.
//
// Checking a signature costs the node far more than sending one costs a stranger, so each check
// takes a token first. A client that has none is told when it will; a message that is refused takes
// more, so that whoever sends garbage is slowed long before whoever sends messages.
//
// Memory is bounded: beyond `clients_max` the client that was away longest is forgotten, and starts
// with a full bucket when it returns. Not thread-safe: `Verification` keeps it on a strand.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <unordered_map>

#include "ao/http/message.hpp"
#include "ao/node/settings.hpp"

namespace ao::node {

class ClientRates {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::nanoseconds;

  // `hash_seed` is to be unknown outside: clients choose their IPv6 networks.
  ClientRates(const ClientRateSettings& settings, std::uint64_t hash_seed);

  // Takes one token. When there is none: how long until there is, never zero.
  std::expected<void, Duration> take(http::Network client, Time now);

  // What was verified for a token was refused: takes the rest of its cost, if need be on credit,
  // but never more than another burst.
  void refused(http::Network client, Time now);

  std::size_t clients() const { return clients_.size(); }

 private:
  // A bucket in one number: when it will be full again.
  struct Client {
    http::Network network;
    Time full_at;
  };
  struct Hash {
    std::uint64_t seed;
    std::size_t operator()(http::Network network) const;
  };

  Client& client_of(http::Network network, Time now);

  Duration per_token_;
  Duration burst_;
  std::size_t refused_cost_;
  std::size_t clients_max_;
  std::list<Client> clients_;  // the one seen last stands first
  std::unordered_map<http::Network, std::list<Client>::iterator, Hash> by_network_;
};

}  // namespace ao::node
