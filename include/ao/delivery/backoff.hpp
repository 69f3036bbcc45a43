// How long to wait before the next attempt: longer after each failure, and not all at one time.
//
// A value, without clock or randomness of its own.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace ao::delivery {

class Backoff {
 public:
  using Milliseconds = std::chrono::milliseconds;

  static constexpr Milliseconds kFirst{250};
  static constexpr Milliseconds kLongest{30'000};

  // After one more failure. `random` is any number: the pause is spread over its upper half.
  Milliseconds failed(std::uint64_t random) {
    const Milliseconds whole = std::min(kLongest, kFirst * (1 << std::min(failures_, 12u)));
    ++failures_;
    const auto half = static_cast<std::uint64_t>(whole.count() / 2);
    return Milliseconds(static_cast<std::int64_t>(half + random % (half + 1)));
  }
  void succeeded() { failures_ = 0; }

  unsigned failures() const { return failures_; }

 private:
  unsigned failures_ = 0;
};

}  // namespace ao::delivery
