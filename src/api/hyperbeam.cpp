// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "hyperbeam.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "awaiting.hpp"
#include "cache_routes.hpp"
#include "cron_routes.hpp"
#include "encoding.hpp"
#include "gateway.hpp"
#include "info_routes.hpp"
#include "legacy.hpp"
#include "manifest.hpp"
#include "name_devices.hpp"
#include "node_devices.hpp"
#include "peer_routes.hpp"
#include "push_tree.hpp"
#include "relay_device.hpp"
#include "resolve.hpp"
#include "schedules.hpp"
#include "settlement_routes.hpp"
#include "signed_requests.hpp"
#include "validators.hpp"
#include "views.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Outcome;
using message::Value;

Error bad_slot(BytesView text) {
  return {ErrorKind::kInvalid, "slot-malformed", fmt::format("'{}' is not a slot", text)};
}

bool is_post(const http::Request& request) {
  return request.method == "POST";
}

Upload upload_of(http::Request& request) {
  if (is_message_itself(request)) return {signed_request(request), request.network};
  return {std::move(request.body), request.network};
}

// In the terms of the assignment, without the outcome: header fields have no room for it.
message::Map assigned_view(const Submitted& submitted) {
  Map view{{"assignment", submitted.assignment.text()},
           {"block-height", static_cast<std::int64_t>(submitted.block_height)},
           {"data-protocol", "ao"},
           {"epoch", "0"},
           {"id", submitted.message.text()},
           {"process", submitted.process.text()},
           {"slot", static_cast<std::int64_t>(submitted.slot.number)},
           {"timestamp", static_cast<std::int64_t>(submitted.timestamp.milliseconds)},
           {"type", "Assignment"},
           {"variant", "ao.N.1"}};
  if (!submitted.node_url.empty()) view.set("node", submitted.node_url);
  return view;
}

http::Response submitted_answer(const Submitted& submitted, bool waited) {
  http::Response response = json_answer(submitted_view(submitted));
  response.headers.set("process", submitted.process.text());
  response.headers.set("slot", std::to_string(submitted.slot.number));
  response.headers.set("id", submitted.message.text());
  if (waited && !submitted.outcome) response.status = 202;
  return response;
}

// A push answers when the outcome can be read, a mere schedule as soon as the message has its slot.
Task<Result<Submitted>> submitted_by(Backend& backend, Upload upload, bool waits,
                                     std::optional<ProcessId> process) {
  if (waits) co_return co_await backend.submit(std::move(upload), process);
  co_return co_await backend.place(std::move(upload), process);
}

Task<http::Response> push(Backend& backend, Asked asked, bool waits,
                          std::optional<ProcessId> process) {
  const bool in_fields =
      is_message_itself(asked.request) && form_wanted(asked.request, asked.path) != Form::kJson;
  const auto awaiting = awaiting_of(backend, asked.path, asked.path.steps.size() - 1);
  if (!awaiting) co_return error_answer(awaiting.error());
  const auto order = push_order_of(backend, asked.request, asked.path, asked.path.steps.size() - 1);
  if (!order) co_return error_answer(order.error());
  auto upload = upload_of(asked.request);
  if (*awaiting || order->is_async || order->depth) {
    const auto placed = co_await backend.place(std::move(upload), process);
    if (!placed) co_return error_answer(placed.error());
    if (*awaiting) co_return awaited_answer(backend, *placed, **awaiting, submitted_view);
    if (order->is_async || !placed->node_url.empty()) co_return async_answer(*placed);
    co_return tree_answer(backend, *placed, *order);
  }
  const auto submitted = co_await submitted_by(backend, std::move(upload), waits, process);
  if (!submitted) co_return error_answer(submitted.error());
  if (!in_fields) co_return submitted_answer(*submitted, waits);
  Value view(assigned_view(*submitted));
  auto response = co_await encoded(backend, std::move(view), Form::kHttpsig);
  if (waits && !submitted->outcome) response.status = 202;
  co_return response;
}

Map outcome_view(const Outcome& outcome) {
  Map view;
  view.set("at-slot", static_cast<std::int64_t>(outcome.slot.number));
  view.set("process", outcome.process.text());
  view.set("results", results_view(outcome));
  return view;
}

Task<http::Response> outcome_answer(Backend& backend, ProcessId process, Slot slot,
                                    std::vector<Bytes> keys, Form form) {
  const auto outcome = co_await backend.outcome(process, slot);
  if (!outcome) co_return error_answer(outcome.error());
  Value whole(outcome_view(*outcome));
  co_return co_await encoded_part(backend, std::move(whole), std::move(keys), form);
}

// The same under a path that names the slot.
Task<http::Response> named_outcome_answer(Backend& backend, ProcessId process, Slot slot,
                                          std::vector<Bytes> keys, Form form) {
  auto response = co_await outcome_answer(backend, process, slot, std::move(keys), form);
  mark_unchanging(response, fmt::format("{}.{}", slot.number, static_cast<int>(form)));
  co_return response;
}

// What processes show is read most of all, and signed only for who asks for header fields.
Task<http::Response> shown_answer(Backend& backend, Result<Value> value, Form form) {
  if (!value) co_return error_answer(value.error());
  if (!is_signed(form)) co_return unsigned_answer(*value, form);
  co_return co_await encoded(backend, std::move(*value), form);
}

bool is_of_outcome(const std::vector<Bytes>& keys) {
  return !keys.empty() && (same_key(keys.front(), "at-slot") || same_key(keys.front(), "process") ||
                           same_key(keys.front(), "results"));
}

// Of the last slot that was evaluated.
Task<http::Response> last_outcome_answer(Backend& backend, ProcessId process,
                                         std::vector<Bytes> keys, Form form) {
  const auto count = backend.evaluated_count(process);
  if (!count) co_return error_answer(count.error());
  const Slot last{std::max<std::uint64_t>(*count, 1) - 1};
  co_return co_await outcome_answer(backend, process, last, std::move(keys), form);
}

Task<http::Response> state_answer(Backend& backend, ProcessId process, std::vector<Bytes> keys,
                                  bool wait, Form form) {
  const bool of_outcome = is_of_outcome(keys);
  if (of_outcome && !wait)
    co_return co_await last_outcome_answer(backend, process, std::move(keys), form);
  std::vector<Bytes> path;
  if (!of_outcome) path = keys;
  auto state = co_await backend.state(process, std::move(path), wait);
  if (!of_outcome || !state) co_return co_await shown_answer(backend, std::move(state), form);
  co_return co_await last_outcome_answer(backend, process, std::move(keys), form);
}

// What a process was after a slot: what became of that, beside what it showed.
Task<http::Response> past_answer(Backend& backend, ProcessId process, Slot slot,
                                 std::vector<Bytes> keys, Form form) {
  if (is_of_outcome(keys))
    co_return co_await named_outcome_answer(backend, process, slot, std::move(keys), form);
  const bool is_whole = keys.empty();
  auto state = co_await backend.state_after(process, slot, std::move(keys));
  if (!state || !is_whole) co_return co_await shown_answer(backend, std::move(state), form);
  const auto outcome = co_await backend.outcome(process, slot);
  if (!outcome) co_return error_answer(outcome.error());
  Map whole = std::move(*state->map());
  for (auto& [key, value] : outcome_view(*outcome))
    whole.set(key, value);
  Result<Value> view(std::move(whole));
  co_return co_await shown_answer(backend, std::move(view), form);
}

// The slot that `compute=N`, `compute&slot=N` or a query names; nullptr when none does.
const Bytes* slot_named(const Path& path, std::size_t step) {
  const Bytes* text = path.find(step, "slot");
  return text != nullptr ? text : path.steps[step].find("compute");
}

Task<http::Response> compute(Backend& backend, Asked asked, ProcessId process, std::size_t step) {
  const Form form = form_wanted(asked.request, asked.path);
  std::vector<Bytes> keys = rest_of(asked.path, step + 1);
  // `compute/results=S`: the slot stands with the key.
  const Bytes* text =
      step + 1 < asked.path.steps.size() ? asked.path.steps[step + 1].find("results") : nullptr;
  const bool is_outcome = text != nullptr;
  if (text == nullptr) text = slot_named(asked.path, step);
  if (text == nullptr)
    co_return co_await state_answer(backend, process, std::move(keys), false, form);
  const auto named = number(*text);
  if (!named) co_return error_answer(bad_slot(*text));
  const Slot slot{*named};
  if (is_outcome)
    co_return co_await named_outcome_answer(backend, process, slot, std::move(keys), form);
  co_return co_await past_answer(backend, process, slot, std::move(keys), form);
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

// Whatever no route above answers: what the path gives, message after message.
Task<http::Response> resolved(Backend& backend, Asked asked) {
  const Form form = form_wanted(asked.request, asked.path);
  const bool is_relayed = is_for_relay(asked.path);
  if (!asked.asker) {
    auto asker = co_await asker_of(backend, asked.request);
    if (!asker) co_return error_answer(asker.error());
    asked.asker = std::move(*asker);
    asked.calls.reset();  // they are of its keys
  }
  if (!asked.calls) {
    auto calls = calls_asked(asked.path, asked.asker->said);
    if (!calls) co_return error_answer(calls.error());
    asked.calls = std::move(*calls);
  }
  StepBudget steps;
  const Inquiry inquiry{backend, *asked.asker, steps};
  auto value = co_await resolve(inquiry, std::move(*asked.calls));
  if (!value) co_return error_answer(value.error());
  if (is_relayed) co_return co_await relayed_answer(backend, std::move(*value), form);
  co_return co_await encoded(backend, std::move(*value), form);
}

// What came of a message that has its slot.
http::Response pushed_answer(Backend& backend, const Asked& asked, const ProcessId& process,
                             std::size_t step) {
  const Bytes& text = *asked.path.find(step, "slot");
  const auto slot = number(text);
  if (!slot) return error_answer(bad_slot(text));
  const auto order = push_order_of(backend, asked.request, asked.path, step);
  if (!order) return error_answer(order.error());
  auto answer = slot_tree_answer(backend, process, Slot{*slot}, *order);
  return answer ? std::move(*answer) : error_answer(answer.error());
}

Task<http::Response> process_answer(Backend& backend, Asked asked, ProcessId process,
                                    std::size_t step) {
  if (step >= asked.path.steps.size()) {
    const auto id = MessageId::same_bytes_as(process);
    co_return co_await data_answer(backend, std::move(asked.request), id);
  }
  const Step here = asked.path.steps[step];
  const bool post = is_post(asked.request);
  if (here.find("as") != nullptr && step + 1 < asked.path.steps.size() && post)
    co_return co_await dry_run(backend, std::move(asked), process, step + 1);
  if (here.key == "push" && asked.path.find(step, "slot") != nullptr)
    co_return pushed_answer(backend, asked, process, step);
  if (post && (here.key == "push" || here.key == "schedule")) {
    const bool waits = here.key == "push";
    co_return co_await push(backend, std::move(asked), waits, process);
  }
  if (here.key == "schedule")
    co_return schedule_answer(backend, asked.request, asked.path, process, step);
  if (claims_an_item(asked.request)) {
    auto upload = upload_of(asked.request);
    const auto checked = co_await backend.check(std::move(upload));
    if (!checked) co_return error_answer(checked.error());
  }
  if (here.key == "slot") {
    auto view = slot_view(backend, process);
    if (!view) co_return error_answer(view.error());
    std::vector<Bytes> keys = rest_of(asked.path, step + 1);
    const Form form = form_wanted(asked.request, asked.path);
    Value whole(std::move(*view));
    co_return co_await encoded_part(backend, std::move(whole), std::move(keys), form);
  }
  if (here.key == "compute") co_return co_await compute(backend, std::move(asked), process, step);
  if (here.key == "now") {
    std::vector<Bytes> keys = rest_of(asked.path, step + 1);
    const Form form = form_wanted(asked.request, asked.path);
    co_return co_await state_answer(backend, process, std::move(keys), true, form);
  }
  co_return co_await resolved(backend, std::move(asked));
}

}  // namespace

Task<http::Response> answer_hyperbeam(Backend& backend, Asked asked) {
  const Bytes named = asked.path.steps.empty() ? Bytes() : asked.path.steps.front().device;
  auto path = co_await without_name(backend, std::move(asked.path));
  if (!path) co_return error_answer(path.error());
  const bool is_same = path->steps.empty() || path->steps.front().device == named;
  if (!is_same) asked.calls.reset();  // they are of the name
  asked.path = std::move(*path);
  if (is_for_manifest(asked.path))
    co_return co_await manifest_answer(backend, std::move(asked.request), std::move(asked.path));
  if (is_for_cache(asked.request, asked.path))
    co_return co_await answer_as_cache(backend, std::move(asked));
  if (is_for_cron(asked.path)) co_return co_await answer_as_cron(backend, std::move(asked));
  if (is_for_peers(asked.path)) co_return co_await answer_as_peer(backend, std::move(asked));
  if (is_for_settlement(asked.path))
    co_return co_await answer_as_settlement(backend, std::move(asked));
  if (is_for_info(asked.request, asked.path))
    co_return co_await answer_as_info(backend, std::move(asked));
  auto legacy = co_await answer_as_legacy(backend, asked.request, asked.path);
  if (legacy) co_return std::move(*legacy);
  if (asked.path.steps.empty()) {
    auto answered = answer_as_su(backend, asked.request, asked.path);
    co_return answered ? std::move(*answered) : json_answer(info_view(backend));
  }
  const Step first = asked.path.steps.front();
  const bool is_device =
      first.key.empty() && (first.device == "process@1.0" || first.device == "scheduler@1.0");
  const std::string verb =
      is_device && asked.path.steps.size() > 1 ? asked.path.steps[1].key : first.key;
  if (is_post(asked.request) && (verb == "push" || verb == "schedule")) {
    const bool waits = verb == "push";
    co_return co_await push(backend, std::move(asked), waits, std::nullopt);
  }
  if (auto answered = answer_as_su(backend, asked.request, asked.path))
    co_return std::move(*answered);
  // A device that names its process by a parameter: /~scheduler@1.0/schedule?target=PID
  const Bytes* target = is_device ? asked.path.find(1, "target") : nullptr;
  const auto process = ProcessId::from_text(target != nullptr ? *target : first.key);
  if (!process) co_return co_await resolved(backend, std::move(asked));
  co_return co_await process_answer(backend, std::move(asked), *process, 1);
}

}  // namespace ao::api
