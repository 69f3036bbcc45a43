// A cron expression as sets of minutes, hours, days, months and weekdays.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cctz/time_zone.h>

#include <optional>

#include "ao/base/clock.hpp"
#include "ao/base/result.hpp"

namespace ao::cron {

struct Expression {
  std::uint64_t minutes = 0;  // a bit for each of 0…59
  std::uint64_t hours = 0;
  std::uint64_t days = 0;      // 1…31
  std::uint64_t months = 0;    // 1…12
  std::uint64_t weekdays = 0;  // 0…6, Sunday first
  // A field that begins with * says nothing. When both days and weekdays say something, a day
  // needs only one of them.
  bool any_day = false;
  bool any_weekday = false;
  std::string text;
  std::string zone;  // IANA's name
  cctz::time_zone clock;

  static Result<Expression> parse(std::string_view text, std::string_view zone);

  std::optional<Timestamp> next(Timestamp after) const;

  // On a calendar without a zone.
  bool matches(cctz::civil_minute at) const;
  std::optional<cctz::civil_minute> next_match(cctz::civil_minute from) const;  // `from` may be it

  bool is_every_hour() const { return hours == (std::uint64_t{1} << 24) - 1; }
};

}  // namespace ao::cron
