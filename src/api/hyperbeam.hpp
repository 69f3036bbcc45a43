// HyperBEAM's dialect: what the JavaScript clients in mainnet mode, and people with curl, ask.
//
//   POST /push, /schedule                          spawn, or a message for its target
//   POST /PID[~process@1.0]/push, …/schedule       a message; answers with its result
//            these with [?await=result&timeout=SECONDS]: awaiting.hpp, and with push-mode and
//            depths: push_tree.hpp
//   GET|POST …/compute/results=SLOT[/PATH]         what became of a slot
//   GET|POST …/compute=SLOT[/PATH], …/compute&slot=SLOT[/PATH]
//            `results`, `at-slot`, `process`, and the visible state as it was after the slot
//   GET  …/compute[/PATH], …/now[/PATH]            visible state: as it is; when all is evaluated
//   …/slot, …/schedule, and what a legacy scheduler unit answers: schedules.hpp
//   POST …/as=execution/compute&TAG=VALUE          dry run; `at-slot` says after which slot
//   POST …/as=execution/compute=SLOT&TAG=VALUE, …/compute&slot=SLOT&TAG=VALUE, …?slot=SLOT
//                                                  the same after a past slot
//   GET  /~meta@1.0/info[/KEY], /ID                the node; a stored item's bytes
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "ao/http/message.hpp"
#include "asked.hpp"

namespace ao::api {

Task<http::Response> answer_hyperbeam(Backend& backend, Asked asked);

}  // namespace ao::api
