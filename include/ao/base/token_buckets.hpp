// Who may have how much: a bucket of tokens for each holder. Pure: the caller brings the time.
//
// A bucket fills at a steady rate up to the burst. Who finds too few tokens is told when there will
// be enough. Memory is bounded: beyond `holders_max` the holder that was away longest is forgotten,
// and starts with a full bucket when it returns. Ordered by key, so nobody can choose keys that
// make it slow. Not thread-safe.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <expected>
#include <list>
#include <map>

#include "ao/base/assert.hpp"

namespace ao {

struct BucketSize {
  std::size_t tokens_per_second;
  std::size_t burst;
  std::size_t holders_max;
};

template <class Key>
class TokenBuckets {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::nanoseconds;

  explicit TokenBuckets(const BucketSize& size)
      : per_token_(std::chrono::seconds(1)), holders_max_(size.holders_max) {
    AO_ASSERT(size.tokens_per_second > 0 && size.burst > 0 && size.holders_max > 0);
    per_token_ /= static_cast<std::int64_t>(size.tokens_per_second);
    burst_ = per_token_ * static_cast<std::int64_t>(size.burst);
  }

  // Takes one token. When there is none: how long until there is, never zero.
  std::expected<void, Duration> take(const Key& key, Time now) {
    Holder& holder = holder_of(key, now);
    const Time full_at = std::max(holder.full_at, now) + per_token_;
    if (full_at > now + burst_) return std::unexpected(full_at - (now + burst_));
    holder.full_at = full_at;
    return {};
  }

  // Takes more, if need be on credit, but never more than another burst.
  void charge(const Key& key, std::size_t tokens, Time now) {
    if (tokens == 0) return;
    Holder& holder = holder_of(key, now);
    const Time full_at = std::max(holder.full_at, now) + per_token_ * tokens;
    holder.full_at = std::min(full_at, now + 2 * burst_);
  }

  std::size_t holders() const { return holders_.size(); }

 private:
  // A bucket in one number: when it will be full again.
  struct Holder {
    Key key;
    Time full_at;
  };

  Holder& holder_of(const Key& key, Time now) {
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
      holders_.splice(holders_.begin(), holders_, known->second);
      return *known->second;
    }
    const auto forget_last = [this] {
      by_key_.erase(holders_.back().key);
      holders_.pop_back();
    };
    // A full bucket is as good as none. Two for each that comes: the table follows who is active.
    for (int i = 0; i < 2 && !holders_.empty() && holders_.back().full_at <= now; ++i)
      forget_last();
    if (holders_.size() >= holders_max_) forget_last();
    holders_.push_front(Holder{key, now});
    by_key_.emplace(key, holders_.begin());
    return holders_.front();
  }

  Duration per_token_;
  Duration burst_;
  std::size_t holders_max_;
  std::list<Holder> holders_;  // the one seen last stands first
  std::map<Key, typename std::list<Holder>::iterator> by_key_;
};

}  // namespace ao
