// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/recorded_schedule.hpp"

#include <stdexcept>

#include "support/workbench.hpp"

namespace ao::test {
namespace {

using message::DataItem;
using message::Value;

constexpr Timestamp kFirst{1'700'000'000'000};
constexpr std::uint64_t kStepMilliseconds = 1'234;

template <class T>
T expected(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

DataItem item_in(const Value& value) {
  if (value.bytes() == nullptr) throw std::runtime_error("a recorded schedule holds items alone");
  return expected(DataItem::parse(*value.bytes()));
}

}  // namespace

Value RecordedSchedule::value() const {
  message::List items{Value(module.bytes())};
  for (const message::Assignment& assignment : assignments) {
    items.emplace_back(assignment.item().bytes());
    items.emplace_back(assignment.body().bytes());
  }
  return items;
}

RecordedSchedule RecordedSchedule::from(const Value& value) {
  const message::List* items = value.list();
  if (items == nullptr || items->size() < 3 || items->size() % 2 == 0)
    throw std::runtime_error("no recorded schedule");
  RecordedSchedule schedule{item_in(items->front()), {}};
  for (std::size_t i = 1; i < items->size(); i += 2)
    schedule.assignments.push_back(
        expected(message::Assignment::recognise(item_in((*items)[i]), item_in((*items)[i + 1]))));
  return schedule;
}

std::unique_ptr<crypto::Key> constant_key() {
  return expected(crypto::Key::from_jwk(  // of RFC 8037
      R"({"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",)"
      R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"));
}

ScheduleRecorder::ScheduleRecorder(const crypto::Key& key, const std::string& module_source)
    : key_(key),
      admission_({}, key.address()),
      made_{sign(module_draft(module_source, "module.lua"), key), {}} {
  append(spawn_draft(made_.module.id().text(), key.address()));
}

void ScheduleRecorder::add(const std::string& action, const std::string& data) {
  append(message_draft(made_.definition().id, action, data));
}

void ScheduleRecorder::append(const message::Draft& draft) {
  message::Draft numbered = draft;
  numbered.anchor = Bytes(24, '0');
  put_u64be(numbered.anchor, head_.next.number);
  const auto admitted = expected(admission_.admit(sign(numbered, key_).bytes()));
  const Timestamp now{kFirst.milliseconds + kStepMilliseconds * head_.next.number};
  const auto entry = schedule::Log::extend(head_, admitted, {}, now, key_);
  made_.assignments.push_back(
      schedule::Log::assignment_in(entry.process, entry.slot, entry.body).value());
}

}  // namespace ao::test
