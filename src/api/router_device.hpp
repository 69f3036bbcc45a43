// router@1.0: where requests go that name no origin (docs/relay.md).
//
//   routes   the routes of this node, in their order; what its operator posts is added to them, or
//            with `action: remove` taken away
//   match    the route that is for `route-path`
//   route    the URL that `route-path` would be sent to; all of them when they are several
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"

namespace ao::api {

Task<Result<message::Value>> ask_router(const Inquiry& inquiry, message::Value base, Asking asking);

}  // namespace ao::api
