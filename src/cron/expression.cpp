// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "expression.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <vector>

#include "ao/base/bytes.hpp"
#include "zone.hpp"

namespace ao::cron {
namespace {

// The 29th of February on a given weekday can be 40 years away.
constexpr int kYearsAhead = 50;
constexpr std::size_t kTextMax = 256;
constexpr std::uint64_t kLastTime = 253'402'300'799'000;  // of the year 9999

struct Field {
  std::string_view name;
  int least;
  int most;
  std::string_view names;  // three letters each, the first for `least`
};

constexpr std::array<Field, 5> kFields = {{{"minute", 0, 59, ""},
                                           {"hour", 0, 23, ""},
                                           {"day of month", 1, 31, ""},
                                           {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
                                           {"day of week", 0, 7, "sunmontuewedthufrisat"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShorthands = {
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};

bool has(std::uint64_t set, int number) {
  return (set >> number & 1) != 0;
}

std::unexpected<Error> malformed(std::string_view text, std::string_view why) {
  return fail(ErrorKind::kInvalid, "cron-expression",
              fmt::format("'{}' is no cron expression: {}", text.substr(0, kTextMax), why));
}

std::optional<int> number_in(const Field& field, std::string_view text) {
  const Bytes lower = lower_case(text);
  if (lower.size() == 3 && !field.names.empty())
    if (const std::size_t at = field.names.find(lower); at != std::string_view::npos && at % 3 == 0)
      return field.least + static_cast<int>(at / 3);
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() ||
      text.front() == '-' || number < field.least || number > field.most)
    return std::nullopt;
  return number;
}

// What one member of a list adds: *, 5, 5-10, each perhaps with /2; 5/2 is 5 and on.
std::optional<std::uint64_t> set_of(const Field& field, std::string_view text) {
  int step = 1;
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const Field steps{"step", 1, field.most, ""};
    const auto found = number_in(steps, text.substr(slash + 1));
    if (!found) return std::nullopt;
    step = *found;
  }
  const std::string_view range = text.substr(0, slash);
  int first = field.least;
  int last = field.most;
  if (range != "*") {
    const std::size_t dash = range.find('-');
    const auto from = number_in(field, range.substr(0, dash));
    if (!from) return std::nullopt;
    first = *from;
    if (dash != std::string_view::npos) {
      const auto to = number_in(field, range.substr(dash + 1));
      if (!to || *to < first) return std::nullopt;
      last = *to;
    } else if (slash == std::string_view::npos) {
      last = first;
    }
  }
  std::uint64_t set = 0;
  for (int number = first; number <= last; number += step)
    set |= std::uint64_t{1} << number;
  return set;
}

std::optional<std::uint64_t> sets_of(const Field& field, std::string_view text) {
  std::uint64_t set = 0;
  while (true) {
    const std::size_t comma = text.find(',');
    const auto one = set_of(field, text.substr(0, comma));
    if (!one) return std::nullopt;
    set |= *one;
    if (comma == std::string_view::npos) return set;
    text = text.substr(comma + 1);
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return words;
    const std::size_t end = std::min(text.find_first_of(" \t", first), text.size());
    words.push_back(text.substr(first, end - first));
    text = text.substr(end);
  }
}

cctz::civil_minute rounded_up(cctz::civil_second second) {
  return cctz::civil_minute(second + 59);
}

}  // namespace

Result<Expression> Expression::parse(std::string_view text, std::string_view zone) {
  Expression made;
  made.text = text;
  made.zone = zone.empty() ? "UTC" : std::string(zone);
  AO_TRY(clock, zone_named(made.zone));
  made.clock = clock;
  if (text.size() > kTextMax)
    return malformed(text, fmt::format("it is longer than {} characters", kTextMax));
  for (const auto& [name, meaning] : kShorthands)
    if (same_key(text, name)) text = meaning;
  const auto words = words_of(text);
  if (words.size() != kFields.size())
    return malformed(made.text, fmt::format("it has {} fields, not 5 (minute, hour, day of month, "
                                            "month, day of week)",
                                            words.size()));
  std::array<std::uint64_t, kFields.size()> sets{};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const Field& field = kFields[i];
    const auto set = sets_of(field, words[i]);
    if (!set)
      return malformed(made.text, fmt::format("its {} is '{}', which is no list of {} to {}",
                                              field.name, words[i], field.least, field.most));
    sets[i] = *set;
  }
  made.minutes = sets[0];
  made.hours = sets[1];
  made.days = sets[2];
  made.months = sets[3];
  made.weekdays = (sets[4] & 0x7f) | (sets[4] >> 7 & 1);  // 7 is Sunday too
  made.any_day = words[2].starts_with('*');
  made.any_weekday = words[4].starts_with('*');
  if (!made.next_match(cctz::civil_minute(2000, 1, 1, 0, 0)))
    return malformed(made.text, "no day is ever that");
  return made;
}

bool Expression::matches(cctz::civil_minute at) const {
  return next_match(at) == at;
}

std::optional<cctz::civil_minute> Expression::next_match(cctz::civil_minute from) const {
  const auto is_day = [this](cctz::civil_day day) {
    const bool by_month = has(days, day.day());
    const int weekday = (static_cast<int>(cctz::get_weekday(day)) + 1) % 7;  // Monday first there
    const bool by_week = has(weekdays, weekday);
    return any_day || any_weekday ? by_month && by_week : by_month || by_week;
  };
  const auto end = from.year() + kYearsAhead;
  cctz::civil_minute at = from;
  while (at.year() <= end) {
    if (!has(months, at.month())) {
      at = cctz::civil_minute(cctz::civil_month(at) + 1);
    } else if (!is_day(cctz::civil_day(at))) {
      at = cctz::civil_minute(cctz::civil_day(at) + 1);
    } else if (!has(hours, at.hour())) {
      at = cctz::civil_minute(cctz::civil_hour(at) + 1);
    } else if (!has(minutes, at.minute())) {
      ++at;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

// From one change of the zone's offset to the next, the calendar goes on as time does.
std::optional<Timestamp> Expression::next(Timestamp after) const {
  if (after.milliseconds >= kLastTime) return std::nullopt;
  using Instant = cctz::time_point<cctz::seconds>;
  Instant begin(cctz::seconds(static_cast<std::int64_t>(after.milliseconds / 1000)));
  cctz::civil_second shown = cctz::convert(begin, clock);
  cctz::civil_minute from = cctz::civil_minute(shown) + 1;
  const bool is_hourly = is_every_hour();
  cctz::time_zone::civil_transition change;
  if (!is_hourly && clock.prev_transition(begin + cctz::seconds(1), &change) &&
      change.to < change.from)
    from = std::max(from, rounded_up(change.from));  // what was shown before the change
  while (true) {
    const auto match = next_match(from);
    if (!match) return std::nullopt;
    Instant found = begin + cctz::seconds(cctz::civil_second(*match) - shown);
    if (clock.next_transition(begin, &change)) {
      const Instant changed = begin + cctz::seconds(change.from - shown);
      if (found >= changed) {
        const bool is_left_out = cctz::civil_second(*match) < change.to;
        if (!is_left_out || is_hourly) {
          begin = changed;
          shown = change.to;
          from = rounded_up(change.to);
          if (!is_hourly) from = std::max(from, rounded_up(change.from));
          continue;
        }
        found = changed;
      }
    }
    const auto seconds = found.time_since_epoch().count();
    return Timestamp{static_cast<std::uint64_t>(seconds) * 1000};
  }
}

}  // namespace ao::cron
