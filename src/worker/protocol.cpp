// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace ao::worker::protocol {

using message::Assignment;
using message::DataItem;
using message::List;
using message::Map;
using message::Value;

namespace {

// Codes of errors have static storage.
constexpr std::array<std::string_view, 7> kCodes{
    "arena-taken",      "arena-refused",   "image-foreign",  "image-malformed",
    "process-not-held", "state-not-saved", "worker-protocol"};

Value number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Value settings_value(const execution::Settings& settings) {
  return Map{{"gas-per-dry-run", number(settings.gas_per_dry_run)},
             {"gas-per-message", number(settings.gas_per_message)},
             {"memory-bytes", number(settings.memory_bytes)},
             {"outgoing-max", number(settings.outgoing_max)},
             {"output-bytes", number(settings.output_bytes)}};
}

}  // namespace

Value wake(const Recipe& recipe, const execution::Settings& settings, BytesView build) {
  return Map{{"build", build},
             {"op", "wake"},
             {"settings", settings_value(settings)},
             {"spawn", recipe.spawn.bytes()}};
}

Value open(const Recipe& recipe, const execution::Settings& settings, BytesView build) {
  Value request = wake(recipe, settings, build);
  request.map()->set("op", "open");
  if (recipe.module) request.map()->set("module", recipe.module->bytes());
  return request;
}

Value run(const ProcessId& process, const std::vector<Assignment>& batch) {
  List items;
  items.reserve(2 * batch.size());
  for (const Assignment& assignment : batch) {
    items.emplace_back(assignment.item().bytes());
    items.emplace_back(assignment.body().bytes());
  }
  return Map{{"items", std::move(items)}, {"op", "run"}, {"process", process.bytes()}};
}

Value dry_run(const ProcessId& process, const message::Trial& trial, Timestamp now) {
  Map request{{"message", trial.message.bytes()},
              {"now", number(now.milliseconds)},
              {"op", "dry-run"},
              {"process", process.bytes()},
              {"tags", message::tags_value(trial.more)}};
  if (trial.block.height != 0) {
    request.set("block-height", number(trial.block.height));
    request.set("block-timestamp", number(trial.block.timestamp));
  }
  if (const auto& claim = trial.claim)
    request.set("claim", Map{{"anchor", claim->anchor},
                             {"from", claim->from},
                             {"id", claim->id},
                             {"owner", claim->owner}});
  return request;
}

Value checkpoint(const ProcessId& process, BytesView build) {
  return Map{{"build", build}, {"op", "checkpoint"}, {"process", process.bytes()}};
}

Value copy(const ProcessId& process, BytesView build) {
  return Map{{"build", build}, {"op", "copy"}, {"process", process.bytes()}};
}

Value rest(const ProcessId& process, BytesView build) {
  return Map{{"build", build}, {"op", "rest"}, {"process", process.bytes()}};
}

Result<execution::Settings> read_settings(const Value& request) {
  const Value* said = request.find("settings");
  if (said == nullptr) return malformed("settings");
  execution::Settings settings;
  AO_TRY(gas_per_message, read_number(*said, "gas-per-message"));
  AO_TRY(gas_per_dry_run, read_number(*said, "gas-per-dry-run"));
  AO_TRY(memory_bytes, read_number(*said, "memory-bytes"));
  AO_TRY(output_bytes, read_number(*said, "output-bytes"));
  AO_TRY(outgoing_max, read_number(*said, "outgoing-max"));
  settings.gas_per_message = gas_per_message;
  settings.gas_per_dry_run = gas_per_dry_run;
  settings.memory_bytes = memory_bytes;
  settings.output_bytes = output_bytes;
  settings.outgoing_max = outgoing_max;
  return settings;
}

Result<std::vector<Assignment>> read_items(const Value& request) {
  const Value* items = request.find("items");
  if (items == nullptr || items->list() == nullptr || items->list()->size() % 2 != 0)
    return malformed("items");
  std::vector<Assignment> batch;
  const List& list = *items->list();
  for (std::size_t i = 0; i < list.size(); i += 2) {
    if (list[i].bytes() == nullptr || list[i + 1].bytes() == nullptr) return malformed("items");
    AO_TRY(item, DataItem::parse(*list[i].bytes()));
    AO_TRY(body, DataItem::parse(*list[i + 1].bytes()));
    AO_TRY(assignment, Assignment::recognise(std::move(item), std::move(body)));
    batch.push_back(std::move(assignment));
  }
  return batch;
}

Result<DataItem> read_item(const Value& value, BytesView field) {
  const Value* found = value.find(field);
  if (found == nullptr || found->bytes() == nullptr) return malformed(field);
  return DataItem::parse(*found->bytes());
}

Result<message::Trial> read_trial(const Value& request) {
  AO_TRY(item, read_item(request, "message"));
  message::Trial trial{std::move(item)};
  const Value* list = request.find("tags");
  if (list == nullptr || list->list() == nullptr) return malformed("tags");
  for (const Value& one : *list->list())
    trial.more.push_back({Bytes(one.text("name")), Bytes(one.text("value"))});
  if (const Value* claim = request.find("claim"))
    trial.claim = message::Claim{Bytes(claim->text("id")), Bytes(claim->text("owner")),
                                 Bytes(claim->text("from")), Bytes(claim->text("anchor"))};
  if (request.find("block-height") != nullptr) {
    AO_TRY(height, read_number(request, "block-height"));
    AO_TRY(made, read_number(request, "block-timestamp"));
    trial.block.height = height;
    trial.block.timestamp = made;
  }
  return trial;
}

Result<ProcessId> read_process(const Value& request) {
  const auto process = ProcessId::from_bytes(request.text("process"));
  if (!process) return malformed("process");
  return *process;
}

Result<std::uint64_t> read_number(const Value& value, BytesView field) {
  const Value* found = value.find(field);
  if (found == nullptr || found->integer() == nullptr || *found->integer() < 0)
    return malformed(field);
  return static_cast<std::uint64_t>(*found->integer());
}

Value failure(const Error& error) {
  return Map{{"code", error.code}, {"kind", static_cast<int>(error.kind)}, {"text", error.text}};
}

Result<Value> read_answer(Value answer) {
  if (answer.map() == nullptr) return malformed("answer");
  if (answer.find("code") == nullptr) return answer;
  AO_TRY(kind, read_number(answer, "kind"));
  const auto code = std::ranges::find(kCodes, answer.text("code"));
  if (code == kCodes.end() || kind > static_cast<std::uint64_t>(ErrorKind::kUnavailable))
    return malformed("code");
  return fail(static_cast<ErrorKind>(kind), *code, std::string(answer.text("text")));
}

std::unexpected<Error> malformed(BytesView field) {
  return fail(ErrorKind::kInvalid, "worker-protocol",
              fmt::format("the field '{}' is missing or not what it should be", field));
}

Error lied(const Error& error) {
  return {ErrorKind::kUnavailable, "worker-died",
          "the worker that ran the process gave an answer that is none: " + error.text};
}

}  // namespace ao::worker::protocol
