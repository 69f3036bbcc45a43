// How many streams of events are open, in all and for each address.
//
// Owned by the routes; any thread. A place is free again when the last copy of it goes, which
// happens before the routes do.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <unordered_map>

#include "ao/api/event_settings.hpp"
#include "ao/async/guarded.hpp"
#include "ao/base/result.hpp"
#include "ao/http/message.hpp"

namespace ao::api {

class StreamPlaces {
 public:
  using Place = std::shared_ptr<void>;

  explicit StreamPlaces(const EventSettings& settings) : settings_(settings) {}

  // Network 0, which is of a Unix socket and of nobody in particular, counts among all only.
  // Errors: kBusy "streams-too-many", "streams-of-address-too-many".
  Result<Place> take(http::Network network);

 private:
  struct Counts {
    std::size_t total = 0;
    std::unordered_map<http::Network, std::size_t> by_network;
  };

  void give_back(http::Network network);

  EventSettings settings_;
  async::Guarded<Counts> counts_;
};

}  // namespace ao::api
