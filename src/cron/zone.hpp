// Time zones by IANA's names, as the machine's zone data has them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctz/time_zone.h>

#include "ao/base/result.hpp"

namespace ao::cron {

// Errors: "cron-zone".
Result<cctz::time_zone> zone_named(const std::string& name);

}  // namespace ao::cron
