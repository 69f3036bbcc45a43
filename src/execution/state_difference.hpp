// What to patch so that one visible state becomes another. A null removes what is there.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::execution {

// A map, empty when nothing differs. Whatever is no map counts as an empty one.
message::Value difference_between(const message::Value& before, const message::Value& after);

}  // namespace ao::execution
