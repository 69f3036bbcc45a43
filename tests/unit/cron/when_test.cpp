// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/when.hpp"

#include <gtest/gtest.h>

#include <random>

#include "expression.hpp"

namespace ao::cron {
namespace {

using std::chrono::milliseconds;

Timestamp at(const char* text) {
  return time_from(text).value();
}

std::string shown(const std::optional<Timestamp>& time, const char* zone = "UTC") {
  if (!time) return "never";
  cctz::time_zone clock;
  EXPECT_TRUE(cctz::load_time_zone(zone, &clock));
  const cctz::time_point<milliseconds> point(
      milliseconds(static_cast<std::int64_t>(time->milliseconds)));
  return cctz::format("%Y-%m-%dT%H:%M:%S%Ez", point, clock);
}

When expression(const char* text, const char* zone = "UTC") {
  auto made = When::expression(text, zone);
  if (!made) throw std::runtime_error(made.error().text);
  return *made;
}

std::string next(const char* text, const char* after, const char* zone = "UTC") {
  return shown(expression(text, zone).next(at(after)), zone);
}

std::string_view code(const Result<When>& refused) {
  return refused ? std::string_view("accepted") : refused.error().code;
}

TEST(When, reads_intervals_in_every_spelling) {
  const std::vector<std::pair<const char*, std::uint64_t>> cases = {{"500-milliseconds", 500},
                                                                    {"10-minutes", 600'000},
                                                                    {"1-hour", 3'600'000},
                                                                    {"30s", 30'000},
                                                                    {"5-Seconds", 5'000},
                                                                    {"1-day", 86'400'000},
                                                                    {"250ms", 250},
                                                                    {"2-weeks", 1'209'600'000},
                                                                    {"1-second", 1'000}};
  for (const auto& [text, expected] : cases) {
    const auto when = When::every(text, milliseconds(100));
    ASSERT_TRUE(when) << text << ": " << when.error().text;
    EXPECT_EQ(when->next(Timestamp{1'000}), Timestamp{1'000 + expected}) << text;
    EXPECT_EQ(*When::every(when->text(), milliseconds(100)), *when);
  }
}

TEST(When, refuses_what_is_no_interval) {
  for (const char* text : {"", "minutes", "10", "10-", "-5-seconds", "5-lightyears", "1.5-hours",
                           "100-blocks", "99999999999-days", "3-months", " 5-seconds"})
    EXPECT_EQ(code(When::every(text, milliseconds(100))), "cron-interval") << text;
  EXPECT_EQ(code(When::every("99-milliseconds", milliseconds(100))), "cron-interval-short");
  EXPECT_EQ(code(When::every("0-seconds", milliseconds(1))), "cron-interval-short");
}

TEST(When, reads_a_single_time_as_milliseconds_or_as_text) {
  const When once = When::once("2026-03-29T02:30:00+01:00").value();
  EXPECT_EQ(once.next(Timestamp{}), at("1774747800000"));
  EXPECT_EQ(once.next(at("1774747799999")), at("1774747800000"));
  EXPECT_FALSE(once.next(at("1774747800000")));
  for (const char* text : {"", "soon", "2026-13-01T00:00:00Z", "-5", "99999999999999999999"})
    EXPECT_EQ(code(When::once(text)), "cron-time") << text;
}

TEST(When, finds_the_next_time_of_an_expression) {
  EXPECT_EQ(next("* * * * *", "2026-01-01T00:00:00Z"), "2026-01-01T00:01:00+00:00");
  EXPECT_EQ(next("* * * * *", "2026-01-01T00:00:59.999Z"), "2026-01-01T00:01:00+00:00");
  EXPECT_EQ(next("*/15 * * * *", "2026-01-01T00:46:00Z"), "2026-01-01T01:00:00+00:00");
  EXPECT_EQ(next("5/20 * * * *", "2026-01-01T00:06:00Z"), "2026-01-01T00:25:00+00:00");
  EXPECT_EQ(next("0 9-17/4 * * mon-FRI", "2026-01-02T13:00:00Z"), "2026-01-02T17:00:00+00:00");
  EXPECT_EQ(next("0 9 * * Mon-fri", "2026-01-02T13:00:00Z"), "2026-01-05T09:00:00+00:00");
  EXPECT_EQ(next("0 0 * * 7", "2026-01-01T00:00:00Z"), "2026-01-04T00:00:00+00:00");
  EXPECT_EQ(next("0 0 1,15 feb,JUN *", "2026-02-15T00:00:00Z"), "2026-06-01T00:00:00+00:00");
  EXPECT_EQ(next("@daily", "2026-02-28T12:00:00Z"), "2026-03-01T00:00:00+00:00");
}

TEST(When, knows_leap_years_and_the_ends_of_months) {
  EXPECT_EQ(next("0 0 29 2 *", "2026-01-01T00:00:00Z"), "2028-02-29T00:00:00+00:00");
  EXPECT_EQ(next("0 0 29 2 *", "2096-03-01T00:00:00Z"), "2104-02-29T00:00:00+00:00");
  EXPECT_EQ(next("0 0 31 * *", "2026-01-31T00:00:00Z"), "2026-03-31T00:00:00+00:00");
  EXPECT_EQ(next("59 23 31 12 *", "2026-12-31T23:59:00Z"), "2027-12-31T23:59:00+00:00");
  // Both fields begin with a star, so both must hold.
  EXPECT_EQ(next("0 0 29 2 */7", "2072-03-01T00:00:00Z"), "2088-02-29T00:00:00+00:00");
}

TEST(When, a_day_needs_only_one_of_two_restrictions) {
  EXPECT_EQ(next("0 0 13 * fri", "2026-01-01T00:00:00Z"), "2026-01-02T00:00:00+00:00");
  EXPECT_EQ(next("0 0 13 * fri", "2026-01-09T00:00:00Z"), "2026-01-13T00:00:00+00:00");
  EXPECT_EQ(next("0 0 13 * *", "2026-01-02T00:00:00Z"), "2026-01-13T00:00:00+00:00");
}

TEST(When, what_the_clock_leaps_over_is_due_when_it_leaps) {
  const char* zone = "Europe/Berlin";
  EXPECT_EQ(next("30 2 * * *", "2026-03-28T12:00:00Z", zone), "2026-03-29T03:00:00+02:00");
  EXPECT_EQ(next("30 2 * * *", "2026-03-29T01:00:00Z", zone), "2026-03-30T02:30:00+02:00");
  EXPECT_EQ(next("*/10 2 * * *", "2026-03-29T01:00:00Z", zone), "2026-03-30T02:00:00+02:00");
  EXPECT_EQ(next("0 3 * * *", "2026-03-28T12:00:00Z", zone), "2026-03-29T03:00:00+02:00");
  // An hourly one stays hourly.
  EXPECT_EQ(next("30 * * * *", "2026-03-29T00:30:00Z", zone), "2026-03-29T03:30:00+02:00");
}

TEST(When, what_the_clock_shows_twice_is_due_the_first_time) {
  const char* zone = "Europe/Berlin";
  EXPECT_EQ(next("30 2 * * *", "2026-10-24T12:00:00Z", zone), "2026-10-25T02:30:00+02:00");
  EXPECT_EQ(next("30 2 * * *", "2026-10-25T00:30:00Z", zone), "2026-10-26T02:30:00+01:00");
  EXPECT_EQ(next("30 2 * * *", "2026-10-25T01:10:00Z", zone), "2026-10-26T02:30:00+01:00");
  EXPECT_EQ(next("0 3 * * *", "2026-10-25T00:30:00Z", zone), "2026-10-25T03:00:00+01:00");
  EXPECT_EQ(next("30 * * * *", "2026-10-25T00:30:00Z", zone), "2026-10-25T02:30:00+01:00");
  // A clock set back by half an hour.
  EXPECT_EQ(next("45 1 * * *", "2026-04-04T14:45:00Z", "Australia/Lord_Howe"),
            "2026-04-06T01:45:00+10:30");
}

TEST(When, refuses_what_is_no_expression) {
  for (const char* text : {"",
                           "* * * *",
                           "* * * * * *",
                           "60 * * * *",
                           "* 24 * * *",
                           "* * 0 * *",
                           "* * 32 * *",
                           "* * * 13 *",
                           "* * * * 8",
                           "*/0 * * * *",
                           "5-3 * * * *",
                           "a * * * *",
                           "1,,2 * * * *",
                           "* * * * mond",
                           "1- * * * *",
                           "-1 * * * *",
                           "? * * * *",
                           "@reboot",
                           "+1 * * * *",
                           "0 0 31 2 *",
                           "0 0 30 feb *",
                           "0 0 31 4,6,9,11 *",
                           "*/61 * * * *",
                           "1/ * * * *"})
    EXPECT_EQ(code(When::expression(text, "UTC")), "cron-expression") << text;
  EXPECT_EQ(code(When::expression(std::string(300, '*'), "UTC")), "cron-expression");
}

TEST(When, refuses_zones_that_are_none) {
  for (const char* zone :
       {"Mars/Base", "../../../etc/passwd", "/etc/localtime", "Europe", "Europe/Berlin ",
        "zone.tab", "file:Europe/Berlin", "Fixed/UTC+01:00:00"})
    EXPECT_EQ(code(When::expression("* * * * *", zone)), "cron-zone") << zone;
}

TEST(When, the_last_time_before_a_moment_is_found_across_years) {
  const When minutely = expression("* * * * *");
  const Timestamp first = at("2016-01-01T00:00:00Z");
  EXPECT_EQ(minutely.last(first, at("2026-05-05T05:05:30Z")), at("2026-05-05T05:05:00Z"));
  const When yearly = expression("0 0 29 2 *");
  EXPECT_EQ(yearly.last(at("2016-02-29T00:00:00Z"), at("2027-01-01T00:00:00Z")),
            at("2024-02-29T00:00:00Z"));
  EXPECT_EQ(yearly.last(at("2024-02-29T00:00:00Z"), at("2024-02-29T00:00:00Z")),
            at("2024-02-29T00:00:00Z"));
  const When interval = When::every("7-seconds", milliseconds(1)).value();
  EXPECT_EQ(interval.last(Timestamp{1'000}, Timestamp{21'999}), Timestamp{15'000});
  EXPECT_EQ(interval.count(Timestamp{1'000}, Timestamp{15'000}, 1'000), 3U);
  EXPECT_EQ(minutely.count(first, at("2016-01-01T01:00:00Z"), 1'000), 61U);
  EXPECT_EQ(minutely.count(first, at("2020-01-01T01:00:00Z"), 1'000), 1'000U);
}

// Minute by minute, the slow and plain way.
class Walk {
 public:
  Walk(const Expression& expression, const char* zone) : expression_(expression) {
    cctz::load_time_zone(zone, &clock_);
  }

  bool is_due(std::int64_t minute) const {
    const cctz::time_point<cctz::seconds> point(cctz::seconds(60 * minute));
    const auto here = cctz::convert(point, clock_);
    const auto before = cctz::convert(point - cctz::seconds(60), clock_);
    if (here.second() != 0) return false;
    if (!expression_.is_every_hour())  // what was leapt over
      for (auto left_out = cctz::civil_minute(before) + 1; left_out < cctz::civil_minute(here);
           ++left_out)
        if (expression_.matches(left_out)) return true;
    if (!expression_.matches(cctz::civil_minute(here))) return false;
    const auto shown = clock_.lookup(here);
    return expression_.is_every_hour() || shown.kind != cctz::time_zone::civil_lookup::REPEATED ||
           shown.pre == point;
  }

 private:
  const Expression& expression_;
  cctz::time_zone clock_;
};

std::string random_field(std::mt19937_64& random, int least, int most) {
  const auto number = [&](int from) {
    return from + static_cast<int>(random() % static_cast<std::uint64_t>(most - from + 1));
  };
  switch (random() % 5) {
    case 0:
    case 1:
      return "*";
    case 2:
      return "*/" + std::to_string(number(1));
    case 3: {
      const int from = number(least);
      return std::to_string(from) + '-' + std::to_string(number(from));
    }
    default:
      return std::to_string(number(least)) + ',' + std::to_string(number(least));
  }
}

TEST(When, agrees_with_a_walk_minute_by_minute_around_changes_of_the_clock) {
  struct Change {
    const char* zone;
    const char* from;  // some hours before it
  };
  const std::vector<Change> changes = {{"Europe/Berlin", "2026-03-28T20:00:00Z"},
                                       {"Europe/Berlin", "2026-10-24T20:00:00Z"},
                                       {"America/New_York", "2026-03-08T00:00:00Z"},
                                       {"America/New_York", "2026-11-01T00:00:00Z"},
                                       {"Australia/Lord_Howe", "2026-04-04T08:00:00Z"},
                                       {"Australia/Lord_Howe", "2026-10-03T08:00:00Z"},
                                       {"America/Santiago", "2026-09-05T20:00:00Z"},
                                       {"Pacific/Apia", "2011-12-30T04:00:00Z"},
                                       {"UTC", "2028-02-28T18:00:00Z"}};
  std::mt19937_64 random(7);
  int compared = 0;
  for (int round = 0; round < 400; ++round) {
    const Change& change = changes[round % changes.size()];
    const std::string text = random_field(random, 0, 59) + ' ' + random_field(random, 0, 23) + ' ' +
                             (random() % 3 == 0 ? random_field(random, 1, 31) : "*") + " * " +
                             (random() % 3 == 0 ? random_field(random, 0, 6) : "*");
    const auto parsed = Expression::parse(text, change.zone);
    if (!parsed) continue;
    const Walk walk(*parsed, change.zone);
    const std::int64_t begin = static_cast<std::int64_t>(at(change.from).milliseconds / 60'000);
    const std::int64_t end = begin + 24 * 60;
    std::optional<std::int64_t> due;  // the next, walking backward
    for (std::int64_t minute = end; minute >= begin; --minute) {
      if (due) {
        const auto found = parsed->next(Timestamp{static_cast<std::uint64_t>(minute) * 60'000});
        ASSERT_EQ(found, (Timestamp{static_cast<std::uint64_t>(*due) * 60'000}))
            << text << " in " << change.zone << " after "
            << shown(Timestamp{static_cast<std::uint64_t>(minute) * 60'000}, change.zone) << " is "
            << shown(found, change.zone);
        ++compared;
      }
      if (walk.is_due(minute)) due = minute;
    }
  }
  EXPECT_GT(compared, 100'000);
}

}  // namespace
}  // namespace ao::cron
