// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/routing/routes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::routing {

Result<> Routes::add(Route route) {
  if (routes_.size() >= kMax)
    return fail(ErrorKind::kTooLarge, "routes-max", fmt::format("there are {} routes", kMax));
  const auto behind = std::ranges::upper_bound(routes_, route.priority(), {}, &Route::priority);
  routes_.insert(behind, std::move(route));
  return {};
}

Result<const Route*> Routes::match(const Asked& asked) const {
  const auto found =
      std::ranges::find_if(routes_, [&](const Route& route) { return route.matches(asked); });
  if (found != routes_.end()) return &*found;
  return fail(ErrorKind::kNotFound, "routes-no-match",
              fmt::format("no_matches: no route of this node is for the path {}", asked.path));
}

bool Routes::has(const message::Map& said) const {
  return std::ranges::any_of(routes_, [&](const Route& route) { return route.said() == said; });
}

message::List Routes::said() const {
  message::List all;
  for (const Route& route : routes_)
    all.emplace_back(route.said());
  return all;
}

}  // namespace ao::routing
