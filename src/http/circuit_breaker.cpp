// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "circuit_breaker.hpp"

#include <algorithm>

namespace ao::http {

std::expected<void, CircuitBreaker::Duration> CircuitBreaker::admit(Time now) {
  if (is_closed()) return {};
  if (now < rests_until_) return std::unexpected(rests_until_ - now);
  if (has_probe_) return std::unexpected(Duration(settings_.pause_min));
  has_probe_ = true;
  return {};
}

void CircuitBreaker::succeeded() {
  failures_ = 0;
  pauses_ = 0;
  has_probe_ = false;
}

void CircuitBreaker::failed(Time now, double chance) {
  // A request of before that fails while the origin rests says nothing new.
  if (!is_closed() && !has_probe_) return;
  has_probe_ = false;
  failures_ = std::min(failures_ + 1, settings_.failures_max);
  if (is_closed()) return;
  Duration pause = settings_.pause_min;
  for (std::size_t i = 0; i < pauses_ && pause < settings_.pause_max; ++i)
    pause *= 2;
  ++pauses_;
  pause = std::min<Duration>(pause, settings_.pause_max);
  rests_until_ =
      now + pause / 2 +
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(pause) * (chance / 2));
}

void CircuitBreaker::gave_up() {
  has_probe_ = false;
}

std::expected<void, CircuitBreaker::Duration> CircuitBreakers::admit(const std::string& origin,
                                                                     Time now) {
  const auto known = failing_.find(origin);
  if (known == failing_.end()) return {};
  return known->second.breaker.admit(now);
}

void CircuitBreakers::succeeded(const std::string& origin) {
  const auto known = failing_.find(origin);
  if (known == failing_.end()) return;
  by_turn_.erase(known->second.turn);
  failing_.erase(known);
}

void CircuitBreakers::failed(const std::string& origin, Time now, double chance) {
  auto known = failing_.find(origin);
  if (known != failing_.end()) {
    by_turn_.erase(known->second.turn);
  } else {
    if (failing_.size() >= settings_.origins_max) {
      failing_.erase(by_turn_.begin()->second);
      by_turn_.erase(by_turn_.begin());
    }
    known = failing_.emplace(origin, Failing{CircuitBreaker(settings_), 0}).first;
  }
  known->second.turn = ++turns_;
  by_turn_.emplace(turns_, origin);
  known->second.breaker.failed(now, chance);
}

void CircuitBreakers::gave_up(const std::string& origin) {
  const auto known = failing_.find(origin);
  if (known != failing_.end()) known->second.breaker.gave_up();
}

}  // namespace ao::http
