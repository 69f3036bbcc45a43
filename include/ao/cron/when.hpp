// When a task is due: at an interval, by a cron expression in a time zone, or once.
//
//   every        500-milliseconds, 5-seconds, 10-minutes, 1-hour, 2-days; also 30s, 5min, 1h
//
//   expression   minute hour day-of-month month day-of-week, as cron has them: lists, ranges,
//                steps, names; @hourly, @daily, @weekly, @monthly, @yearly
//
//   once         milliseconds since 1970, or 2026-03-29T02:30:00+01:00
//
// Expressions follow the clock on the wall of their zone. Where it is set forward, a time that it
// leaps over is due when it leaps; where it is set back, a time that it shows twice is due the
// first time. One that is due every hour stays so: it is due in the hour that comes twice both
// times, and not because of one that is left out. A value; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>

#include "ao/base/clock.hpp"
#include "ao/message/value.hpp"

namespace ao::cron {

struct Expression;

class When {
 public:
  enum class Kind { kEvery, kExpression, kOnce };

  // Errors: "cron-interval" naming what it is not, also for blocks, which nobody counts here;
  // "cron-interval-short" for less than `least`.
  static Result<When> every(std::string_view text, std::chrono::milliseconds least);
  // Errors: "cron-expression" naming the field, also for one that is never due; "cron-zone".
  static Result<When> expression(std::string_view text, std::string_view zone);
  // Errors: "cron-time".
  static Result<When> once(std::string_view text);

  Kind kind() const { return kind_; }
  std::string text() const;                              // as it can be read again
  std::string zone() const;                              // of an expression
  std::uint64_t interval_ms() const { return number_; }  // of kEvery

  // The first time after `after`; nullopt when there is none. Of an interval: one interval later.
  std::optional<Timestamp> next(Timestamp after) const;

  // The last of the times `first`, next(first), … that is not after `until`; `first` is not.
  Timestamp last(Timestamp first, Timestamp until) const;

  // How many times those are from `first` to `last`; `most` when there are more.
  std::uint64_t count(Timestamp first, Timestamp last, std::uint64_t most) const;

  message::Value value() const;
  static Result<When> from(const message::Value& value);

  bool operator==(const When& other) const;

 private:
  When(Kind kind, std::uint64_t number) : kind_(kind), number_(number) {}

  Kind kind_;
  std::uint64_t number_;  // kEvery: milliseconds; kOnce: since 1970
  std::shared_ptr<const Expression> expression_;
};

// A time as `once` reads it. Errors: "cron-time".
Result<Timestamp> time_from(std::string_view text);

}  // namespace ao::cron
