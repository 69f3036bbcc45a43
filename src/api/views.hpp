// What clients see of outcomes and assignments.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"

namespace ao::api {

// {outbox: {"1": …}, output, error, raw}: `raw` is what the JavaScript clients read.
message::Value results_view(const message::Outcome& outcome);

message::Map submitted_view(const Submitted& submitted);

std::string_view state_name(Trace::Sent::State state);

message::Value assignment_view(const message::Assignment& assignment);

}  // namespace ao::api
