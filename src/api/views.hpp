// What clients see of outcomes and assignments.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"

namespace ao::api {

// {outbox: {"1": …}, output, error, raw}: `raw` is what the JavaScript clients read.
message::Value results_view(const message::Outcome& outcome);

message::Value submitted_view(const Submitted& submitted);

message::Value assignment_view(const message::Assignment& assignment);

// The part of `value` that `path` names; nullptr when there is none. Lists count from 1.
const message::Value* descend(const message::Value& value, const std::vector<Bytes>& path);

}  // namespace ao::api
