// Patches: maps that processes merge into their visible state.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::message {

// Whether every key can be named by a path. Errors: "patch-malformed" for anything but a map, for
// keys that are empty, have over 1,024 bytes, a slash or a zero byte, and for nesting over 60.
Result<> check_patch(const Value& patch);

}  // namespace ao::message
