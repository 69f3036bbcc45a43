// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/peers/sources.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::peers {
namespace {

using std::chrono::ceil;

// Three of what only a liar says, or ten of what a wrong clock may say, end it.
unsigned points_of(Fault fault) {
  return fault == Fault::kStale ? 10 : 34;
}

}  // namespace

Sources::Sources(const SourceLimits& limits)
    : limits_(limits), notes_(limits.notes), records_(limits.records) {}

Result<> Sources::enter(const Source& source, Time now) {
  if (is_banned(source, now)) {
    const auto left = ceil<std::chrono::seconds>(standings_.at(source.name).banned_until - now);
    return fail(ErrorKind::kDenied, "gossip-banned",
                fmt::format("what came from there was forged or no gossip: nothing is heard of it "
                            "for {} s",
                            left.count()));
  }
  const auto taken = notes_.take(source.name, now);
  if (taken) return {};
  Error error{ErrorKind::kBusy, "gossip-rate",
              fmt::format("a network may send {} notes of gossip a second",
                          limits_.notes.tokens_per_second)};
  error.retry_after = ceil<std::chrono::seconds>(taken.error());
  return std::unexpected(std::move(error));
}

bool Sources::may_verify(const Source& source, Time now) {
  return records_.take(source.name, now).has_value();
}

void Sources::blame(const Source& source, Fault fault, Time now) {
  if (!standings_.contains(source.name) && standings_.size() >= limits_.sources_max)
    forget_one(now);
  Standing& standing = standings_[source.name];
  standing.clean_at = std::max(standing.clean_at, now) + points_of(fault) * limits_.point_life;
  if (standing.clean_at - now < limits_.points_max * limits_.point_life) return;
  standing.banned_until = now + limits_.ban;
  standing.clean_at = standing.banned_until;
}

bool Sources::is_banned(const Source& source, Time now) const {
  const auto found = standings_.find(source.name);
  return found != standings_.end() && found->second.banned_until > now;
}

std::size_t Sources::banned(Time now) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      standings_, [&](const auto& entry) { return entry.second.banned_until > now; }));
}

// All that are clean; or else the one that will be first.
void Sources::forget_one(Time now) {
  std::erase_if(standings_, [&](const auto& entry) { return entry.second.clean_at <= now; });
  if (standings_.size() < limits_.sources_max) return;
  const auto clean_at = [](const auto& entry) { return entry.second.clean_at; };
  standings_.erase(std::ranges::min_element(standings_, std::less(), clean_at));
}

}  // namespace ao::peers
