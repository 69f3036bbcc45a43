// Those that tell this node of records, and how far each is listened to.
//
// A source is a network whose nodes call this one, or the host of a URL that this node calls. Each
// may say so much at a time; what no honest node says costs it points, which are forgotten over
// time, and with too many of them it is not listened to for a while. Memory is bounded. Pure: the
// caller brings the time. One thread at a time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "ao/base/result.hpp"
#include "ao/base/token_buckets.hpp"

namespace ao::peers {

struct Source {
  std::string name;
  bool is_chosen = false;  // the operator named it
};

// What no honest node says.
enum class Fault {
  kForged,     // a record whose signature does not hold
  kMalformed,  // a note or a record that is none
  kOversized,  // a record that is too large
  kStale,      // a record that expired long ago, or that the future is to say
};

struct SourceLimits {
  BucketSize notes{20, 200, 4'096};    // that each source may send
  BucketSize records{16, 512, 4'096};  // of each, whose signatures are looked at
  unsigned points_max = 100;
  std::chrono::milliseconds point_life{6'000};  // one point is forgotten in this time
  std::chrono::milliseconds ban{600'000};
  std::size_t sources_max = 4'096;  // with points
};

class Sources {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Sources(const SourceLimits& limits);

  // Before a note is read. Errors: kDenied "gossip-banned"; kBusy "gossip-rate".
  Result<> enter(const Source& source, Time now);

  // Whether one more record's signature is to be looked at.
  bool may_verify(const Source& source, Time now);

  void blame(const Source& source, Fault fault, Time now);
  bool is_banned(const Source& source, Time now) const;
  std::size_t banned(Time now) const;

 private:
  struct Standing {
    Time clean_at{};      // when its points will be forgotten
    Time banned_until{};  // in the past: it is not
  };

  void forget_one(Time now);

  SourceLimits limits_;
  TokenBuckets<std::string> notes_;
  TokenBuckets<std::string> records_;
  std::map<std::string, Standing> standings_;
};

}  // namespace ao::peers
