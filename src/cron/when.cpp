// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/when.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "ao/base/assert.hpp"
#include "ao/base/bytes.hpp"
#include "expression.hpp"

namespace ao::cron {

using message::Map;
using message::Value;
using Milliseconds = std::chrono::milliseconds;

namespace {

constexpr std::uint64_t kSecond = 1'000;
constexpr std::uint64_t kMinute = 60 * kSecond;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kIntervalMax = 3'660 * kDay;     // ten years
constexpr std::uint64_t kTimeMax = 253'402'300'799'000;  // the end of the year 9999
constexpr std::size_t kShownMax = 64;

struct Unit {
  std::string_view name;
  std::uint64_t milliseconds;
};
constexpr std::array<Unit, 17> kUnits = {{{"milliseconds", 1},
                                          {"millisecond", 1},
                                          {"ms", 1},
                                          {"seconds", kSecond},
                                          {"second", kSecond},
                                          {"s", kSecond},
                                          {"minutes", kMinute},
                                          {"minute", kMinute},
                                          {"min", kMinute},
                                          {"hours", kHour},
                                          {"hour", kHour},
                                          {"h", kHour},
                                          {"days", kDay},
                                          {"day", kDay},
                                          {"d", kDay},
                                          {"weeks", 7 * kDay},
                                          {"week", 7 * kDay}}};

std::unexpected<Error> bad_interval(std::string_view text, std::string_view why) {
  return fail(ErrorKind::kInvalid, "cron-interval",
              fmt::format("'{}' is no interval: {}", text.substr(0, kShownMax), why));
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// In the largest unit that divides it.
std::string interval_text(std::uint64_t milliseconds) {
  for (const auto& [name, size] :
       {Unit{"day", kDay}, Unit{"hour", kHour}, Unit{"minute", kMinute}, Unit{"second", kSecond}})
    if (milliseconds % size == 0)
      return fmt::format("{}-{}{}", milliseconds / size, name, milliseconds == size ? "" : "s");
  return fmt::format("{}-milliseconds", milliseconds);
}

}  // namespace

Result<Timestamp> time_from(std::string_view text) {
  const auto number = number_of(text);
  if (number && *number <= kTimeMax) return Timestamp{*number};
  cctz::time_point<std::chrono::milliseconds> time;
  if (text.size() <= kShownMax &&
      cctz::parse("%Y-%m-%dT%H:%M:%E*S%Ez", std::string(text), cctz::utc_time_zone(), &time) &&
      time.time_since_epoch().count() >= 0 &&
      static_cast<std::uint64_t>(time.time_since_epoch().count()) <= kTimeMax)
    return Timestamp{static_cast<std::uint64_t>(time.time_since_epoch().count())};
  return fail(ErrorKind::kInvalid, "cron-time",
              fmt::format("'{}' is no time: write milliseconds since 1970, or "
                          "2026-03-29T02:30:00+01:00",
                          text.substr(0, kShownMax)));
}

Result<When> When::every(std::string_view text, Milliseconds least) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = number_of(text.substr(0, digits));
  if (!number) return bad_interval(text, "it begins with no number; write 10-minutes");
  std::string_view name = text.substr(digits);
  if (name.starts_with('-')) name = name.substr(1);
  if (same_key(name, "blocks") || same_key(name, "block"))
    return bad_interval(text, "no blocks are counted here; write a time");
  for (const Unit& unit : kUnits) {
    if (!same_key(name, unit.name)) continue;
    if (*number > kIntervalMax / unit.milliseconds)
      return bad_interval(text, "the longest is ten years");
    const std::uint64_t interval = *number * unit.milliseconds;
    if (interval == 0 || interval < static_cast<std::uint64_t>(least.count()))
      return fail(ErrorKind::kInvalid, "cron-interval-short",
                  fmt::format("'{}' is too short an interval: the least is {} ms",
                              text.substr(0, kShownMax), least.count()));
    return When(Kind::kEvery, interval);
  }
  return bad_interval(text, "the units are milliseconds, seconds, minutes, hours, days, weeks");
}

Result<When> When::expression(std::string_view text, std::string_view zone) {
  AO_TRY(parsed, Expression::parse(text, zone));
  When when(Kind::kExpression, 0);
  when.expression_ = std::make_shared<const Expression>(std::move(parsed));
  return when;
}

Result<When> When::once(std::string_view text) {
  AO_TRY(time, time_from(text));
  return When(Kind::kOnce, time.milliseconds);
}

std::string When::text() const {
  switch (kind_) {
    case Kind::kEvery:
      return interval_text(number_);
    case Kind::kExpression:
      return expression_->text;
    case Kind::kOnce:
      break;
  }
  return std::to_string(number_);
}

std::string When::zone() const {
  return kind_ == Kind::kExpression ? expression_->zone : std::string();
}

std::optional<Timestamp> When::next(Timestamp after) const {
  switch (kind_) {
    case Kind::kEvery:
      return Timestamp{after.milliseconds + number_};
    case Kind::kExpression:
      return expression_->next(after);
    case Kind::kOnce:
      break;
  }
  if (after.milliseconds >= number_) return std::nullopt;
  return Timestamp{number_};
}

// Of an expression: whether there is one between a time and `until` gets false only once as that
// time moves on, so it is halved down to.
Timestamp When::last(Timestamp first, Timestamp until) const {
  AO_ASSERT(first <= until);
  if (kind_ == Kind::kOnce) return first;
  if (kind_ == Kind::kEvery) {
    const std::uint64_t late = until.milliseconds - first.milliseconds;
    return Timestamp{first.milliseconds + late / number_ * number_};
  }
  Timestamp found = first;
  std::uint64_t none_from = until.milliseconds;
  while (found.milliseconds < none_from) {
    const std::uint64_t middle = found.milliseconds + (none_from - found.milliseconds) / 2;
    const auto one = next(Timestamp{middle});
    if (one && *one <= until) {
      found = *one;
    } else {
      none_from = middle;
    }
  }
  return found;
}

std::uint64_t When::count(Timestamp first, Timestamp last, std::uint64_t most) const {
  if (kind_ == Kind::kEvery)
    return std::min(most, (last.milliseconds - first.milliseconds) / number_ + 1);
  std::uint64_t counted = 1;
  for (auto one = next(first); one && *one <= last && counted < most; one = next(*one))
    ++counted;
  return counted;
}

Value When::value() const {
  Map map{{"text", text()}};
  if (kind_ == Kind::kEvery) map.set("kind", "every");
  if (kind_ == Kind::kOnce) map.set("kind", "once");
  if (kind_ == Kind::kExpression) {
    map.set("kind", "expression");
    map.set("zone", zone());
  }
  return map;
}

Result<When> When::from(const Value& value) {
  const BytesView kind = value.text("kind");
  const BytesView text = value.text("text");
  if (kind == "every") return every(text, Milliseconds(1));
  if (kind == "once") return once(text);
  if (kind == "expression") return expression(text, value.text("zone"));
  return fail(ErrorKind::kInvalid, "task-malformed", "a task is due at no known kind of time");
}

bool When::operator==(const When& other) const {
  return kind_ == other.kind_ && text() == other.text() && zone() == other.zone();
}

}  // namespace ao::cron
