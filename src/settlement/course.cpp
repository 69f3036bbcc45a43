// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/course.hpp"

#include <utility>

namespace ao::settlement {
namespace {

// Also with a clock that was set back.
bool has_passed(Timestamp since, std::chrono::milliseconds time, Timestamp now) {
  return now.milliseconds >= since.milliseconds + static_cast<std::uint64_t>(time.count());
}

}  // namespace

bool is_due(const Rules& rules, std::uint64_t bytes, Timestamp oldest, Timestamp now) {
  if (bytes == 0) return false;
  return bytes >= rules.bundle_bytes_max || has_passed(oldest, rules.bundle_age_max, now);
}

bool Course::wants_sending(const Record& record, Timestamp now) const {
  switch (record.state) {
    case State::kMade:
    case State::kSent:
      return true;
    case State::kAccepted:
      return has_passed(record.changed, rules_.resend_after, now);
    case State::kConfirmed:
      break;
  }
  return false;
}

bool Course::sending(Record& record, Timestamp now) {
  ++record.sends;
  if (record.state != State::kMade) return false;
  record.state = State::kSent;
  record.changed = now;
  return true;
}

bool Course::accepted(Record& record, const std::string& bundler, Timestamp now) {
  if (record.state == State::kConfirmed) return false;
  record.state = State::kAccepted;
  record.changed = now;
  record.bundler = bundler;
  record.reason.clear();
  return true;
}

bool Course::refused(Record& record, const std::string& reason) {
  const bool is_news = record.reason != reason;
  record.reason = reason;
  return is_news;
}

bool Course::seen(Record& record, const Sight& sight, Timestamp now) const {
  if (!wants_finding(record)) return false;
  const bool is_deep = sight.what == Sight::What::kFinal ||
                       (sight.what == Sight::What::kInBlock && sight.depth >= rules_.confirmations);
  if (is_deep) {
    record.state = State::kConfirmed;
    record.changed = now;
    record.height = sight.height;
    record.reason.clear();
    return true;
  }
  if (sight.what == Sight::What::kFailed) {
    const bool is_news = record.state == State::kAccepted;
    record.state = State::kSent;
    record.reason = "the bundler gave it up";
    return is_news;
  }
  // In a block, or waiting for one: it is not lost. A block may be left behind, and its bundles
  // with it, so what counts is when it was seen last.
  if (sight.what == Sight::What::kAbsent) return false;
  const bool is_news = record.state != State::kAccepted || record.height != sight.height;
  record.state = State::kAccepted;
  record.changed = now;
  record.height = sight.height;
  return is_news;
}

bool Course::envelope_seen(Record& record, const Sight& sight, Timestamp now) const {
  if (record.state != State::kSent) return seen(record, sight, now);
  const std::uint64_t height = sight.what == Sight::What::kInBlock ? sight.height : 0;
  return std::exchange(record.height, height) != height;
}

void Course::enclosed(Record& record, Envelope envelope, Timestamp now) {
  record.envelopes.push_back(std::move(envelope));
  record.height = 0;
  if (record.state != State::kAccepted) return;
  record.state = State::kSent;
  record.changed = now;
}

void Course::withdrawn(Record& record, Timestamp now) {
  record.envelopes.pop_back();
  if (record.sends > 0) --record.sends;
  if (record.state != State::kSent || record.sends > 0) return;
  record.state = State::kMade;
  record.changed = now;
}

bool Course::retried(Record& record, Timestamp now) {
  if (record.state == State::kConfirmed) return false;
  if (record.state == State::kAccepted) record.state = State::kSent;
  record.changed = now;
  record.reason.clear();
  return true;
}

}  // namespace ao::settlement
