// The legacy units, on the paths that their clients know:
//
//   MU   POST /             an item, answered 202 once it is in its slot
//        POST /?process-id=PID&assign=MESSAGE    a message that is here, for one more process
//        both with [&await=result]: awaiting.hpp
//        POST, DELETE /monitor/PID    nothing to do: results are delivered without being asked for
//   CU   GET /result/MESSAGE?process-id=PID    GET /results/PID?from=&to=&sort=&limit=
//        GET /cron/PID      no results of its own: scheduled tasks are messages in the schedule
//        POST /dry-run?process-id=PID    a message as JSON, believed as it is
//   and what gateway.hpp answers. The SU's paths are in schedules.hpp.
//
// A cursor of results is base64 of {"timestamp", "ordinate", "cron", "sort"}, its ordinate the
// slot; a number in its place is a time in milliseconds. `from` is left out of a page and `to` is
// in it. Results with an error are left out.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "path.hpp"

namespace ao::api {

// What answers a request; nullopt for none of the above. Both arguments outlive the call; the body
// is taken when there is an answer.
Task<std::optional<http::Response>> answer_as_legacy(Backend& backend, http::Request& request,
                                                     const Path& path);

}  // namespace ao::api
