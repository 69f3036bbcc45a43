// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "stream_places.hpp"

#include <fmt/format.h>

namespace ao::api {
namespace {

constexpr std::chrono::seconds kPause{5};
constexpr http::Network kNobody{};

std::unexpected<Error> full(std::string_view code, std::string text) {
  return std::unexpected(Error{ErrorKind::kBusy, code, std::move(text), kPause});
}

}  // namespace

Result<StreamPlaces::Place> StreamPlaces::take(http::Network network) {
  const Result<> taken = counts_.with([&](Counts& counts) -> Result<> {
    if (counts.total >= settings_.streams_max)
      return full("streams-too-many",
                  fmt::format("{} streams of events are open, the most that events.streams_max "
                              "allows",
                              settings_.streams_max));
    if (network != kNobody) {
      const auto found = counts.by_network.find(network);
      const std::size_t here = found == counts.by_network.end() ? 0 : found->second;
      if (here >= settings_.streams_per_address_max)
        return full("streams-of-address-too-many",
                    fmt::format("{} streams of events are open from this address, the most that "
                                "events.streams_per_address_max allows",
                                here));
      counts.by_network[network] = here + 1;
    }
    ++counts.total;
    return {};
  });
  if (!taken) return std::unexpected(taken.error());
  return Place(nullptr, [this, network](void*) { give_back(network); });
}

void StreamPlaces::give_back(http::Network network) {
  counts_.with([&](Counts& counts) {
    --counts.total;
    const auto found = counts.by_network.find(network);
    if (found != counts.by_network.end() && --found->second == 0) counts.by_network.erase(found);
  });
}

}  // namespace ao::api
