// Which of several nodes are asked, and in which order.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/routing/route.hpp"

namespace ao::routing {

using Nodes = std::vector<const RouteNode*>;

// What a request is about, 32 bytes: the process or message that its path or keys name, or else the
// hash of the path without its query.
Bytes base_of(const Asked& asked);

// Each order holds every node once.
Nodes by_weight(Nodes nodes, const Draw& draw);
Nodes by_base(Nodes nodes, const Bytes& base);  // stays as it is when other nodes come and go
Nodes by_distance(Nodes nodes, const Bytes& base);

}  // namespace ao::routing
