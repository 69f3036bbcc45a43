// The course of a bundle: made → sent → accepted → confirmed, and what moves it.
//
// A bundle that is sent may have arrived whatever was answered, so it is looked for from then on;
// one that is not found for long is sent again, the same bytes under the same id. Decides; clock,
// network and disk are the caller's. Values, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/settlement/answers.hpp"
#include "ao/settlement/record.hpp"

namespace ao::settlement {

struct Rules {
  std::size_t bundle_bytes_max = 4 << 20;
  std::chrono::milliseconds bundle_age_max{60'000};
  std::uint64_t confirmations = 10;
  std::chrono::milliseconds resend_after{3 * 3'600'000ll};
};

// Whether what waits is enough for a bundle, or has waited enough. `oldest`: of what waits.
bool is_due(const Rules& rules, std::uint64_t bytes, Timestamp oldest, Timestamp now);

class Course {
 public:
  explicit Course(const Rules& rules) : rules_(rules) {}

  // Whether the next thing to do is to send it; and whether it may have arrived.
  bool wants_sending(const Record& record, Timestamp now) const;
  static bool wants_finding(const Record& record) {
    return record.state == State::kSent || record.state == State::kAccepted;
  }

  // Each tells what came of it, and whether that is worth a write.
  static bool sending(Record& record, Timestamp now);
  static bool accepted(Record& record, const std::string& bundler, Timestamp now);
  static bool refused(Record& record, const std::string& reason);
  bool seen(Record& record, const Sight& sight, Timestamp now) const;

  // The same of its transaction, which may be in a block before its data is all there: then it is
  // not accepted yet.
  bool envelope_seen(Record& record, const Sight& sight, Timestamp now) const;

  // It has a new envelope, which nobody has taken; or the last one is taken back, since nobody has.
  static void enclosed(Record& record, Envelope envelope, Timestamp now);
  static void withdrawn(Record& record, Timestamp now);

  // An operator wants it sent at once.
  static bool retried(Record& record, Timestamp now);

 private:
  const Rules rules_;
};

}  // namespace ao::settlement
