// A scheduled task of a process: what is said to it, when, and how that went so far.
//
// A value, kept as a CBOR map in table `t` (crontab.hpp). Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/cron/when.hpp"
#include "ao/message/tick.hpp"

namespace ao::cron {

// What becomes of times at which nothing could be scheduled.
enum class Missed {
  kOnce,  // the last of them stands for all
  kAll,   // each is made up for, up to kMadeUpMax; the last one stands for the rest
  kSkip,  // they are left out
};

// What becomes of a time at which the tick before it is not evaluated yet.
enum class Overlap {
  kSkip,
  kQueue,  // it is scheduled nevertheless, until kQueuedMax messages of the process wait
};

inline constexpr std::uint64_t kMadeUpMax = 100;
inline constexpr std::uint64_t kQueuedMax = 1'000;

// What somebody wants, without what came of it.
struct Rule {
  When when;
  message::Tags tags;  // of the ticks, beside those that all of them have
  Bytes data;
  std::optional<Timestamp> first;  // nothing is due before it
  std::optional<Timestamp> until;  // nor after it
  std::uint64_t runs_max = 0;      // 0: no limit
  Missed missed = Missed::kOnce;
  Overlap overlap = Overlap::kSkip;

  bool operator==(const Rule&) const = default;
};

struct History {
  std::uint64_t runs = 0;     // ticks scheduled
  std::uint64_t missed = 0;   // times that another tick stood for, or that were left out
  std::uint64_t skipped = 0;  // times at which the tick before was not evaluated
  std::optional<Timestamp> last_due;
  std::optional<Slot> last_slot;  // of the last tick
  std::string last_error;         // empty: it was scheduled

  bool operator==(const History&) const = default;
};

struct Task {
  TaskId id;
  ProcessId process;
  std::string name;    // unique within the process
  std::string set_by;  // "definition", "process", or the address of who asked over HTTP
  Timestamp set_at;
  Rule rule;
  bool is_paused = false;
  Timestamp next;  // when the next tick is due
  History history;

  message::Value value() const;
  // Errors: "task-malformed".
  static Result<Task> from(const message::Value& value);

  bool operator==(const Task&) const = default;
};

// The same for the same process and name, so that setting a name again changes its task.
TaskId task_id(const ProcessId& process, std::string_view name);

std::string_view text_of(Missed missed);
std::string_view text_of(Overlap overlap);
std::optional<Missed> missed_from(std::string_view text);
std::optional<Overlap> overlap_from(std::string_view text);

}  // namespace ao::cron
