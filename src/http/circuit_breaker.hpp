// Which origins are left alone for a while, since they did not answer. Pure: the caller brings time
// and chance.
//
// closed ── failures_max in a row ─▶ open ── pause over ─▶ half-open: one request is let through
//   ▲                                 ▲                        │
//   └──────────── it succeeds ────────┼────────────────────────┤
//                                     └─ it fails: a longer pause
//
// Pauses are drawn between half and the whole of their length, so that nodes which failed together
// do not return together. Not thread-safe.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <map>
#include <string>

#include "ao/http/client_pool.hpp"

namespace ao::http {

class CircuitBreaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  explicit CircuitBreaker(const CircuitBreakerSettings& settings) : settings_(settings) {}

  // Whether a request may be made, else how long to wait, never zero. Who was let through says how
  // it ended, with one of the next three.
  std::expected<void, Duration> admit(Time now);

  void succeeded();
  void failed(Time now, double chance);  // chance in [0, 1)
  void gave_up();                        // nothing was learned of the origin

  bool is_closed() const { return failures_ < settings_.failures_max; }

 private:
  CircuitBreakerSettings settings_;
  std::size_t failures_ = 0;  // in a row
  std::size_t pauses_ = 0;    // in a row
  Time rests_until_;
  bool has_probe_ = false;  // half-open, and its request is on its way
};

// One for each origin that failed. Beyond `origins_max` the one that failed least recently is
// forgotten.
class CircuitBreakers {
 public:
  using Time = CircuitBreaker::Time;

  explicit CircuitBreakers(const CircuitBreakerSettings& settings) : settings_(settings) {}

  std::expected<void, CircuitBreaker::Duration> admit(const std::string& origin, Time now);
  void succeeded(const std::string& origin);
  void failed(const std::string& origin, Time now, double chance);
  void gave_up(const std::string& origin);

  std::size_t size() const { return failing_.size(); }

 private:
  struct Failing {
    CircuitBreaker breaker;
    std::uint64_t turn;  // of its last failure
  };

  CircuitBreakerSettings settings_;
  std::map<std::string, Failing, std::less<>> failing_;
  std::map<std::uint64_t, std::string> by_turn_;
  std::uint64_t turns_ = 0;
};

}  // namespace ao::http
