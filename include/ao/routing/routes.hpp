// The routes of a node, in their order. A value, pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/routing/route.hpp"

namespace ao::routing {

class Routes {
 public:
  static constexpr std::size_t kMax = 200;

  // Behind those of its priority. Errors: kTooLarge "routes-max".
  Result<> add(Route route);

  // The first that the path is for. Errors: kNotFound "routes-no-match".
  Result<const Route*> match(const Asked& asked) const;

  bool has(const message::Map& said) const;
  message::List said() const;
  bool empty() const { return routes_.empty(); }

 private:
  std::vector<Route> routes_;
};

}  // namespace ao::routing
