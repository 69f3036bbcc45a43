// [[routes]] of a settings file, the one part of it that is no table of options.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include "ao/message/value.hpp"

namespace ao::node {

// Errors: kInvalid "route-malformed" for dates, which no message has.
Result<message::Value> value_of(const toml::node& node);

}  // namespace ao::node
