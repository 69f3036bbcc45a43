// Invariants of our own, checked in release builds too: a node that is wrong about itself stops.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace ao {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace ao

#define AO_ASSERT(expression) \
  ((expression) ? void(0) : ::ao::assertion_failed(#expression, __FILE__, __LINE__))
