// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "hyperbeam.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "part_answer.hpp"
#include "schedules.hpp"
#include "views.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Outcome;
using message::Value;

Error not_found(const http::Request& request) {
  return {ErrorKind::kNotFound, "route-unknown",
          fmt::format("nothing answers {} {}", request.method, request.target)};
}

Error bad_slot(BytesView text) {
  return {ErrorKind::kInvalid, "slot-malformed", fmt::format("'{}' is not a slot", text)};
}

Upload upload_of(http::Request& request) {
  return {std::move(request.body), request.network};
}

bool is_post(const http::Request& request) {
  return request.method == "POST";
}

// A body that claims to be a signed item must be one, also where only the path matters.
bool has_item(const http::Request& request) {
  const std::string* type = request.headers.find("content-type");
  const std::string* codec = request.headers.find("codec-device");
  return is_post(request) && ((type != nullptr && *type == "application/ans104") ||
                              (codec != nullptr && *codec == "ans104@1.0"));
}

http::Response submitted_answer(const Submitted& submitted) {
  http::Response response = json_answer(submitted_view(submitted));
  response.headers.set("process", submitted.process.text());
  response.headers.set("slot", std::to_string(submitted.slot.number));
  response.headers.set("id", submitted.message.text());
  if (!submitted.outcome) response.status = 202;
  return response;
}

Task<http::Response> push(Backend& backend, Asked asked, std::optional<ProcessId> process) {
  auto upload = upload_of(asked.request);
  const auto submitted = co_await backend.submit(std::move(upload), process);
  if (!submitted) co_return error_answer(submitted.error());
  co_return submitted_answer(*submitted);
}

Map outcome_view(const Outcome& outcome) {
  Map view;
  view.set("at-slot", static_cast<std::int64_t>(outcome.slot.number));
  view.set("process", outcome.process.text());
  view.set("results", results_view(outcome));
  return view;
}

Task<http::Response> outcome_answer(Backend& backend, ProcessId process, Slot slot,
                                    std::vector<Bytes> keys, bool as_json) {
  const auto outcome = co_await backend.outcome(process, slot);
  if (!outcome) co_return error_answer(outcome.error());
  const Value whole(outcome_view(*outcome));
  co_return part_answer(whole, keys, as_json);
}

http::Response found_answer(const Result<Value>& value, bool as_json) {
  if (!value) return error_answer(value.error());
  return as_json ? json_answer(*value) : value_answer(*value);
}

Task<http::Response> state_answer(Backend& backend, ProcessId process, std::vector<Bytes> keys,
                                  bool wait, bool as_json) {
  const auto state = co_await backend.state(process, std::move(keys), wait);
  co_return found_answer(state, as_json);
}

// What a process was after a slot: what became of that, beside what it showed.
Task<http::Response> past_answer(Backend& backend, ProcessId process, Slot slot,
                                 std::vector<Bytes> keys, bool as_json) {
  const bool is_of_outcome =
      !keys.empty() && (same_key(keys.front(), "at-slot") || same_key(keys.front(), "process") ||
                        same_key(keys.front(), "results"));
  if (is_of_outcome)
    co_return co_await outcome_answer(backend, process, slot, std::move(keys), as_json);
  const bool is_whole = keys.empty();
  auto state = co_await backend.state_after(process, slot, std::move(keys));
  if (!state || !is_whole) co_return found_answer(state, as_json);
  const auto outcome = co_await backend.outcome(process, slot);
  if (!outcome) co_return error_answer(outcome.error());
  Map whole = std::move(*state->map());
  for (auto& [key, value] : outcome_view(*outcome))
    whole.set(key, value);
  const Result<Value> view(std::move(whole));
  co_return found_answer(view, as_json);
}

// The slot that `compute=N`, `compute&slot=N` or a query names; nullptr when none does.
const Bytes* slot_named(const Path& path, std::size_t step) {
  const Bytes* text = path.find(step, "slot");
  return text != nullptr ? text : path.steps[step].find("compute");
}

Task<http::Response> compute(Backend& backend, Asked asked, ProcessId process, std::size_t step) {
  const bool as_json = wants_json(asked.path);
  std::vector<Bytes> keys = rest_of(asked.path, step + 1);
  // `compute/results=S`: the slot stands with the key.
  const Bytes* text =
      step + 1 < asked.path.steps.size() ? asked.path.steps[step + 1].find("results") : nullptr;
  const bool is_outcome = text != nullptr;
  if (text == nullptr) text = slot_named(asked.path, step);
  if (text == nullptr)
    co_return co_await state_answer(backend, process, std::move(keys), false, as_json);
  const auto named = number(*text);
  if (!named) co_return error_answer(bad_slot(*text));
  const Slot slot{*named};
  if (is_outcome)
    co_return co_await outcome_answer(backend, process, slot, std::move(keys), as_json);
  co_return co_await past_answer(backend, process, slot, std::move(keys), as_json);
}

// `slot=N` and `compute=N` are no tags, nor in the query.
Task<http::Response> dry_run(Backend& backend, Asked asked, ProcessId process, std::size_t step) {
  const Bytes* text = slot_named(asked.path, step);
  const auto slot = text != nullptr ? number(*text) : std::nullopt;
  if (text != nullptr && !slot) co_return error_answer(bad_slot(*text));
  std::optional<Slot> after;
  if (slot) after = Slot{*slot};
  message::Tags tags;
  for (const Pair& pair : asked.path.steps[step].pairs)
    if (&pair.value != text) tags.push_back({pair.key, pair.value});
  auto upload = upload_of(asked.request);
  const auto outcome = co_await backend.dry_run(process, std::move(upload), std::move(tags), after);
  if (!outcome) co_return error_answer(outcome.error());
  Map view = std::move(*results_view(*outcome).map());
  view.set("at-slot", static_cast<std::int64_t>(outcome->slot.number) - 1);
  co_return json_answer(view);
}

Task<http::Response> process_answer(Backend& backend, Asked asked, ProcessId process,
                                    std::size_t step) {
  if (step >= asked.path.steps.size()) {
    const auto item = backend.item(MessageId::same_bytes_as(process));
    if (!item) co_return error_answer(item.error());
    http::Response response;
    response.headers.set("content-type", "application/ans104");
    response.body = *item;
    co_return response;
  }
  const Step here = asked.path.steps[step];
  const bool post = is_post(asked.request);
  if (here.find("as") != nullptr && step + 1 < asked.path.steps.size() && post)
    co_return co_await dry_run(backend, std::move(asked), process, step + 1);
  if (post && (here.key == "push" || here.key == "schedule"))
    co_return co_await push(backend, std::move(asked), process);
  if (here.key == "schedule")
    co_return schedule_answer(backend, asked.request, asked.path, process, step);
  if (has_item(asked.request)) {
    auto upload = upload_of(asked.request);
    const auto checked = co_await backend.check(std::move(upload));
    if (!checked) co_return error_answer(checked.error());
  }
  if (here.key == "slot") co_return slot_answer(backend, process, asked.path, step);
  if (here.key == "compute") co_return co_await compute(backend, std::move(asked), process, step);
  if (here.key == "now") {
    std::vector<Bytes> keys = rest_of(asked.path, step + 1);
    const bool as_json = wants_json(asked.path);
    co_return co_await state_answer(backend, process, std::move(keys), true, as_json);
  }
  co_return error_answer(not_found(asked.request));
}

Value info_view(const Backend& backend) {
  return Map{
      {"address", backend.address().text}, {"software", "aonode"}, {"version", backend.version()}};
}

http::Response meta_answer(const Backend& backend, const Asked& asked) {
  if (asked.path.steps.size() < 2 || asked.path.steps[1].key != "info")
    return error_answer(not_found(asked.request));
  return part_answer(info_view(backend), rest_of(asked.path, 2), wants_json(asked.path));
}

}  // namespace

Task<http::Response> answer_hyperbeam(Backend& backend, Asked asked) {
  if (asked.path.steps.empty()) {
    auto answered = answer_as_su(backend, asked.request, asked.path);
    co_return answered ? std::move(*answered) : json_answer(info_view(backend));
  }
  const Step first = asked.path.steps.front();
  if (first.key.empty() && first.device == "meta@1.0") co_return meta_answer(backend, asked);
  const bool is_device =
      first.key.empty() && (first.device == "process@1.0" || first.device == "scheduler@1.0");
  const std::string verb =
      is_device && asked.path.steps.size() > 1 ? asked.path.steps[1].key : first.key;
  if (is_post(asked.request) && (verb == "push" || verb == "schedule"))
    co_return co_await push(backend, std::move(asked), std::nullopt);
  if (auto answered = answer_as_su(backend, asked.request, asked.path))
    co_return std::move(*answered);
  // A device that names its process by a parameter: /~scheduler@1.0/schedule?target=PID
  const Bytes* target = is_device ? asked.path.find(1, "target") : nullptr;
  const auto process = ProcessId::from_text(target != nullptr ? *target : first.key);
  if (!process) co_return error_answer(not_found(asked.request));
  co_return co_await process_answer(backend, std::move(asked), *process, 1);
}

std::string_view route_name(const Path& path) {
  if (path.steps.empty()) return "root";
  const std::size_t at = ProcessId::from_text(path.steps[0].key) ? 1 : 0;
  if (at == path.steps.size()) return "item";
  const Bytes& key = path.steps[at].key;
  for (const std::string_view known : {"push", "schedule", "slot", "compute", "now", "as"})
    if (key == known) return known;
  return path.steps[0].device == "meta@1.0" ? "meta" : "other";
}

}  // namespace ao::api
