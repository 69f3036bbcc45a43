// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/assert.hpp"

#include <execinfo.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace ao {

void assertion_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "aonode: broken invariant at %s:%d: %s\n", file, line, expression);
  std::array<void*, 64> frames{};
  const int depth = backtrace(frames.data(), static_cast<int>(frames.size()));
  backtrace_symbols_fd(frames.data(), depth, 2);
  std::abort();
}

}  // namespace ao
