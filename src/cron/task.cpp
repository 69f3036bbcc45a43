// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/task.hpp"

#include <fmt/format.h>

#include "ao/crypto/digest.hpp"
#include "ao/message/outcome.hpp"

namespace ao::cron {

using message::List;
using message::Map;
using message::Value;

namespace {

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

void set_time(Map& map, const char* key, const std::optional<Timestamp>& time) {
  if (time) map.set(key, integer(time->milliseconds));
}

std::uint64_t number_at(const Value& map, BytesView key) {
  const Value* found = map.find(key);
  return found != nullptr && found->integer() != nullptr && *found->integer() >= 0
             ? static_cast<std::uint64_t>(*found->integer())
             : 0;
}

std::optional<Timestamp> time_at(const Value& map, BytesView key) {
  if (map.find(key) == nullptr) return std::nullopt;
  return Timestamp{number_at(map, key)};
}

std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorKind::kInvalid, "task-malformed", fmt::format("a stored task has no {}", what));
}

}  // namespace

std::string_view text_of(Missed missed) {
  switch (missed) {
    case Missed::kOnce:
      return "once";
    case Missed::kAll:
      return "all";
    case Missed::kSkip:
      break;
  }
  return "skip";
}

std::string_view text_of(Overlap overlap) {
  return overlap == Overlap::kQueue ? "queue" : "skip";
}

std::optional<Missed> missed_from(std::string_view text) {
  for (const Missed one : {Missed::kOnce, Missed::kAll, Missed::kSkip})
    if (text == text_of(one)) return one;
  return std::nullopt;
}

std::optional<Overlap> overlap_from(std::string_view text) {
  for (const Overlap one : {Overlap::kSkip, Overlap::kQueue})
    if (text == text_of(one)) return one;
  return std::nullopt;
}

TaskId task_id(const ProcessId& process, std::string_view name) {
  const Bytes named = "aonode task " + Bytes(process.bytes()) + Bytes(name);
  return *TaskId::from_bytes(crypto::view(crypto::sha256(named)));
}

Value Task::value() const {
  Map map{{"data", rule.data},
          {"missed", text_of(rule.missed)},
          {"name", name},
          {"next", integer(next.milliseconds)},
          {"overlap", text_of(rule.overlap)},
          {"paused", is_paused},
          {"process", process.bytes()},
          {"runs", integer(history.runs)},
          {"runs-max", integer(rule.runs_max)},
          {"set-at", integer(set_at.milliseconds)},
          {"set-by", set_by},
          {"tags", message::tags_value(rule.tags)},
          {"times-missed", integer(history.missed)},
          {"times-skipped", integer(history.skipped)},
          {"when", rule.when.value()}};
  set_time(map, "first", rule.first);
  set_time(map, "until", rule.until);
  set_time(map, "last-due", history.last_due);
  if (history.last_slot) map.set("last-slot", integer(history.last_slot->number));
  if (!history.last_error.empty()) map.set("last-error", history.last_error);
  return map;
}

Result<Task> Task::from(const Value& value) {
  const auto process = ProcessId::from_bytes(value.text("process"));
  if (!process) return malformed("process");
  const Value* when_value = value.find("when");
  if (when_value == nullptr) return malformed("time");
  AO_TRY(when, When::from(*when_value));
  const auto missed = missed_from(value.text("missed"));
  const auto overlap = overlap_from(value.text("overlap"));
  if (!missed || !overlap) return malformed("policy");
  const Value* tags = value.find("tags");
  if (tags == nullptr || tags->list() == nullptr) return malformed("tags");
  const Value* paused = value.find("paused");
  if (paused == nullptr || paused->boolean() == nullptr) return malformed("state");

  Task task{.id = {},
            .process = *process,
            .name = std::string(value.text("name")),
            .set_by = std::string(value.text("set-by")),
            .set_at = Timestamp{number_at(value, "set-at")},
            .rule = Rule{.when = std::move(when),
                         .tags = {},
                         .data = Bytes(value.text("data")),
                         .first = time_at(value, "first"),
                         .until = time_at(value, "until"),
                         .runs_max = number_at(value, "runs-max"),
                         .missed = *missed,
                         .overlap = *overlap},
            .is_paused = *paused->boolean(),
            .next = Timestamp{number_at(value, "next")},
            .history = {}};
  task.id = task_id(task.process, task.name);
  for (const Value& tag : *tags->list())
    task.rule.tags.push_back({Bytes(tag.text("name")), Bytes(tag.text("value"))});
  task.history.runs = number_at(value, "runs");
  task.history.missed = number_at(value, "times-missed");
  task.history.skipped = number_at(value, "times-skipped");
  task.history.last_due = time_at(value, "last-due");
  if (value.find("last-slot") != nullptr)
    task.history.last_slot = Slot{number_at(value, "last-slot")};
  task.history.last_error = value.text("last-error");
  return task;
}

}  // namespace ao::cron
