// Scheduled tasks over HTTP, in HyperBEAM's dialect of cron@1.0.
//
//   GET|POST /~cron@1.0/every?interval=5-seconds&cron-path=/PID~process@1.0/push&Action=Tick
//   GET|POST /~cron@1.0/at?time=…, /expression?expression=…&zone=…, /once: as well
//   GET|POST /~cron@1.0/stop?task=ID, /pause?task=ID, /resume?task=ID
//   GET      /~cron@1.0/list[?process=PID], /~cron@1.0/task?task=ID
//
// What the fields mean stands at cron::Order; all others become tags of the ticks. Whoever changes
// something signs the request, and the signature must cover what is asked: the path, the query if
// there is one, and of the fields only those that it covers count.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hyperbeam.hpp"

namespace ao::api {

bool is_for_cron(const Path& path);

Task<http::Response> answer_as_cron(Backend& backend, Asked asked);

}  // namespace ao::api
