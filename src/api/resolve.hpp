// What a path gives when its messages are asked one of the other: values of stored messages, of
// what processes show, and of messages that the path itself says. Each is asked in the terms of a
// device (device.hpp): that of the step, else of the message, else message@1.0. Of a process
// `now`, `compute` and `slot` are answered here, whose further keys name a part of the answer.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"

namespace ao::api {

// Errors: kNotFound "device-unknown", "key-absent", "message-unknown"; those of what is asked of
// the backend; "id-malformed"; kTooLarge "path-depth".
Task<Result<message::Value>> resolve(const Inquiry& inquiry, std::vector<Call> calls);

// The same of a value that is there already, in the place of the first call's.
Task<Result<message::Value>> resolve_on(const Inquiry& inquiry, message::Value base,
                                        std::vector<Call> calls);

}  // namespace ao::api
