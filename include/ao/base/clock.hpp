// Wall-clock time as a dependency, so that tests and simulations own it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace ao {

// Milliseconds since 1970-01-01T00:00:00Z, the unit of every AO timestamp.
struct Timestamp {
  std::uint64_t milliseconds = 0;

  auto operator<=>(const Timestamp&) const = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;  // any thread
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
    return Timestamp{static_cast<std::uint64_t>(count)};
  }
};

}  // namespace ao
