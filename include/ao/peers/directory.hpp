// The schedulers that this node knows, and where they answer.
//
// Events in, answers out: neither clock nor disk nor net. Owned by `node`; one thread at a time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ao/peers/location.hpp"

namespace ao::peers {

class Directory {
 public:
  // `self` is not entered: a node does not send to itself.
  explicit Directory(Address self) : self_(std::move(self)) {}

  // Whether it was news: of an unknown scheduler, or said later than what was known. What has
  // expired, or was said over five minutes in the future, is none.
  bool learn(Location location, Timestamp now);

  // Nullopt when nothing is known, or what is has expired.
  std::optional<Location> find(const Address& scheduler, Timestamp now) const;

  // Those that speak the protocol of this program, in the order of their addresses.
  std::vector<Location> peers(Timestamp now) const;

 private:
  Address self_;
  std::map<std::string, Location> locations_;
};

}  // namespace ao::peers
