// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/execution/evaluator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/assert.hpp"
#include "ao/machine/packed_texts.hpp"
#include "ao/message/cbor.hpp"
#include "ao/message/patch.hpp"
#include "argument.hpp"
#include "runtime_files.hpp"
#include "state_difference.hpp"

namespace ao::execution {
namespace {

using machine::Ending;
using machine::Evaluation;
using message::Assignment;
using message::DataItem;
using message::List;
using message::Map;
using message::Outcome;
using message::Outgoing;
using message::Value;

constexpr std::size_t kStrideMax = 512;
constexpr std::size_t kUnsavedBytesMax = 1 << 20;
constexpr std::uint64_t kUnsavedGasMax = 4'000'000;  // some 10 ms, many times a savepoint's cost
constexpr std::size_t kErrorBytesMax = 8 << 10;
constexpr std::size_t kTagsAtFirst = 8;

std::string failure_text(const Evaluation& evaluation, const machine::Limits& limits) {
  switch (evaluation.ending) {
    case Ending::kReturned:
      return {};
    case Ending::kOutOfGas:
      return fmt::format("out of gas: the limit is {}", limits.gas);
    case Ending::kOutOfMemory:
      return fmt::format("out of memory: the limit is {} bytes", limits.memory_bytes);
    case Ending::kRaised:
      break;
  }
  std::string text = evaluation.value.bytes() ? *evaluation.value.bytes() : "error";
  if (!evaluation.traceback.empty()) text += '\n' + evaluation.traceback;
  if (text.size() > kErrorBytesMax) text.resize(kErrorBytesMax);
  return text;
}

// Of the packed texts that runtime/outbox.lua describes.
Outgoing outgoing_from(const Value& value, Outgoing::Kind kind) {
  Outgoing outgoing;
  outgoing.kind = kind;
  BytesView packed = value.bytes() != nullptr ? BytesView(*value.bytes()) : BytesView();
  const auto take = [&packed] { return Bytes(machine::take_packed_text(packed).value_or("")); };
  outgoing.target = take();
  outgoing.anchor = take();
  outgoing.data = take();
  outgoing.tags.reserve(kTagsAtFirst);
  while (!packed.empty()) {
    message::Tag& tag = outgoing.tags.emplace_back();
    tag.name = take();
    tag.value = take();
  }
  return outgoing;
}

List take_list(Value& value, BytesView key) {
  Value* const found = value.map() != nullptr ? value.map()->find(key) : nullptr;
  return found != nullptr && found->list() != nullptr ? std::move(*found->list()) : List();
}

// A failed evaluation leaves nothing but the reason.
void become_failure(Outcome& outcome, std::string error) {
  outcome.error = std::move(error);
  outcome.output = Value();
  outcome.outgoing.clear();
  outcome.assignments.clear();
  outcome.patches.clear();
}

}  // namespace

Result<std::unique_ptr<Evaluator>> Evaluator::create(const Settings& settings,
                                                     message::Definition definition,
                                                     const std::optional<DataItem>& module,
                                                     int file) {
  AO_TRY(instance, machine::Instance::create(definition.id.bytes(), file));
  std::unique_ptr<Evaluator> evaluator(
      new Evaluator(settings, std::move(definition), std::move(instance)));
  evaluator->boot(module);
  return evaluator;
}

Result<std::unique_ptr<Evaluator>> Evaluator::wake(const Settings& settings,
                                                   message::Definition definition, int file,
                                                   BytesView build) {
  AO_TRY(woken, machine::Instance::wake(definition.id.bytes(), file));
  AO_TRY(note, message::from_cbor(woken.note));
  const Value* next = note.find("next");
  const Value* shown = note.find("shown");
  if (note.text("build") != build || note.text("process") != definition.id.bytes() ||
      next == nullptr || next->integer() == nullptr || shown == nullptr)
    return fail(ErrorKind::kConflict, "image-foreign",
                "the image was made by another build, or of another process");
  std::unique_ptr<Evaluator> evaluator(
      new Evaluator(settings, std::move(definition), std::move(woken.instance)));
  evaluator->boot_failure_ = note.text("boot-failure");
  evaluator->shown_ = *shown;
  evaluator->next_ = Slot{static_cast<std::uint64_t>(*next->integer())};
  return evaluator;
}

Bytes Evaluator::note(BytesView build) const {
  const Value note = Map{{"boot-failure", boot_failure_},
                         {"build", build},
                         {"next", static_cast<std::int64_t>(next_.number)},
                         {"process", definition_.id.bytes()},
                         {"shown", shown_}};
  return message::to_cbor(note);
}

void Evaluator::rest(BytesView build) {
  save();
  instance_->rest(note(build));
}

machine::Instance::Checkpoint Evaluator::checkpoint(BytesView build) {
  save();
  return instance_->checkpoint(note(build));
}

machine::Instance::Copied Evaluator::copied(BytesView build) {
  save();
  return instance_->copied(note(build));
}

Evaluator::Evaluator(const Settings& settings, message::Definition definition,
                     std::unique_ptr<machine::Instance> instance)
    : settings_(settings), definition_(std::move(definition)), instance_(std::move(instance)) {}

machine::Limits Evaluator::limits(std::uint64_t gas) const {
  return {
      .gas = gas, .memory_bytes = settings_.memory_bytes, .output_bytes = settings_.output_bytes};
}

void Evaluator::boot(const std::optional<DataItem>& module) {
  boot_failure_ = first_failure(module);
  if (boot_failure_.empty()) {
    instance_->commit();
  } else {
    instance_->rollback();
  }
}

std::string Evaluator::first_failure(const std::optional<DataItem>& module) {
  const machine::Limits budget = limits(settings_.gas_per_message);
  for (const RuntimeFile& file : runtime_files()) {
    const machine::Chunk chunk{std::string(file.name), Bytes(file.source)};
    const auto loaded = instance_->load(chunk, budget);
    if (loaded.ending != Ending::kReturned)
      return "the runtime did not load: " + failure_text(loaded, budget);
  }
  const auto booted = instance_->call("__boot", boot_argument(definition_, module), budget);
  if (booted.ending != Ending::kReturned)
    return "the module did not load: " + failure_text(booted, budget);
  return {};
}

// Savepoints are taken after 1, 2, 4, … messages while all goes well, or after enough work, and
// after each failure: what is run again after a failure is at most as much as was run since the
// last one, so each good message is run at most twice for a failure's sake.
Outcome Evaluator::run(const Assignment& assignment) {
  AO_ASSERT(assignment.slot() == next_);
  Value argument = slot_argument(definition_, assignment);
  Outcome outcome = evaluate(argument, settings_.gas_per_message);
  outcome.slot = assignment.slot();
  outcome.message = assignment.body().id();
  next_ = next_.next();
  if (!boot_failure_.empty()) return outcome;  // nothing ran, so there is nothing to keep
  if (outcome.error.empty()) {
    unsaved_.push_back(std::move(argument));
    unsaved_bytes_ += assignment.body().bytes().size();
    unsaved_gas_ += outcome.gas_used;
    if (unsaved_.size() >= stride_ || unsaved_bytes_ >= kUnsavedBytesMax ||
        unsaved_gas_ >= kUnsavedGasMax) {
      save();
      stride_ = std::min(stride_ * 2, kStrideMax);
    }
  } else {
    instance_->rollback();
    for (const Value& again : unsaved_)
      call(again, limits(settings_.gas_per_message));
    save();
    stride_ = 1;
  }
  return outcome;
}

void Evaluator::save() {
  if (!unsaved_.empty()) instance_->commit();
  unsaved_.clear();
  unsaved_bytes_ = 0;
  unsaved_gas_ = 0;
}

Outcome Evaluator::dry_run(const message::Trial& trial, Timestamp now) {
  const Value shown = shown_;
  save();
  Outcome outcome =
      evaluate(dry_run_argument(definition_, trial, now, next_), settings_.gas_per_dry_run);
  if (boot_failure_.empty()) instance_->rollback();
  shown_ = shown;
  outcome.slot = next_;
  outcome.message = trial.message.id();
  return outcome;
}

void Evaluator::trace(Tracer tracer) {
  instance_->trace([tracer = std::move(tracer)](std::string_view chunk, int line) {
    const auto is_it = [chunk](const RuntimeFile& file) { return file.name == chunk; };
    if (std::ranges::none_of(runtime_files(), is_it)) tracer(chunk, line);
  });
}

Evaluation Evaluator::call(const Value& argument, const machine::Limits& budget) {
  Evaluation evaluation = instance_->call("__evaluate", argument, budget);
  gas_spent_ += evaluation.gas_used;
  return evaluation;
}

Outcome Evaluator::evaluate(const Value& argument, std::uint64_t gas) {
  Outcome outcome;
  outcome.process = definition_.id;
  if (!boot_failure_.empty()) {
    outcome.error = boot_failure_;
    return outcome;
  }
  const machine::Limits budget = limits(gas);
  Evaluation evaluation = call(argument, budget);
  outcome.gas_used = evaluation.gas_used;
  if (evaluation.ending != Ending::kReturned) {
    become_failure(outcome, failure_text(evaluation, budget));
  } else {
    read_returned(evaluation.value, outcome);
  }
  return outcome;
}

void Evaluator::read_returned(Value& returned, Outcome& outcome) {
  if (const BytesView error = returned.text("error"); !error.empty())
    return become_failure(outcome, Bytes(error.substr(0, kErrorBytesMax)));
  const List messages = take_list(returned, "messages");
  const List spawns = take_list(returned, "spawns");
  if (messages.size() + spawns.size() > settings_.outgoing_max)
    return become_failure(outcome,
                          fmt::format("{} outgoing messages: the limit is {}",
                                      messages.size() + spawns.size(), settings_.outgoing_max));
  if (const Value* output = returned.find("output")) outcome.output = *output;
  outcome.outgoing.reserve(messages.size() + spawns.size());
  for (const Value& one : messages)
    outcome.outgoing.push_back(outgoing_from(one, Outgoing::Kind::kMessage));
  for (const Value& one : spawns)
    outcome.outgoing.push_back(outgoing_from(one, Outgoing::Kind::kSpawn));
  outcome.assignments = take_list(returned, "assignments");
  if (!outcome.assignments.empty() && outcome.assigned().size() > settings_.outgoing_max)
    return become_failure(outcome, fmt::format("{} assignments: the limit is {}",
                                               outcome.assigned().size(), settings_.outgoing_max));
  outcome.patches = take_list(returned, "patches");
  if (const Value* state = returned.find("state"); state != nullptr && state->map() != nullptr) {
    Value difference = difference_between(shown_, *state);
    if (!difference.map()->empty()) outcome.patches.push_back(std::move(difference));
    shown_ = *state;
  }
  for (const Value& patch : outcome.patches)
    if (const auto good = message::check_patch(patch); !good)
      return become_failure(outcome, good.error().text);
}

}  // namespace ao::execution
