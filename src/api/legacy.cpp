// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "legacy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "ao/message/json.hpp"
#include "awaiting.hpp"
#include "gateway.hpp"
#include "signed_requests.hpp"

namespace ao::api {

using message::Assignment;
using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::uint64_t kPageDefault = 25;
constexpr std::uint64_t kPageMax = 1'000;
constexpr std::uint64_t kLookedAtMax = 2'000;  // results with errors are looked at, and left out
constexpr std::uint64_t kReadAtOnce = 100;

Error bad(std::string_view code, std::string text) {
  return {ErrorKind::kInvalid, code, std::move(text)};
}

Error no_message(BytesView message, const ProcessId& process) {
  return {ErrorKind::kNotFound, "message-unknown",
          fmt::format("message {} is not scheduled for process {} on this node", message,
                      process.text())};
}

// ---- MU ----------------------------------------------------------------------------------------

// What is said of an item that was taken, and when it was awaited of its outcome.
Map taken_view(const Submitted& submitted) {
  Map said{{"id", submitted.message.text()},
           {"message", "Processing DataItem"},
           {"timestamp", static_cast<std::int64_t>(submitted.timestamp.milliseconds)}};
  return said;
}

Map awaited_view(const Submitted& submitted) {
  Map said = taken_view(submitted);
  said.set("process", submitted.process.text());
  said.set("slot", static_cast<std::int64_t>(submitted.slot.number));
  if (submitted.outcome) {
    said.set("message", "Processed DataItem");
    said.set("result", submitted.outcome->legacy());
  }
  return said;
}

Task<http::Response> take_item(Backend& backend, http::Request& request, const Path& path) {
  const auto awaiting = awaiting_of(backend, path, 0);
  if (!awaiting) co_return error_answer(awaiting.error());
  Upload upload{std::move(request.body), request.network};
  const auto placed = co_await backend.place(std::move(upload), std::nullopt);
  if (!placed) co_return error_answer(placed.error());
  if (*awaiting) co_return awaited_answer(backend, *placed, **awaiting, awaited_view);
  co_return json_answer(taken_view(*placed), 202);
}

Task<http::Response> assign(Backend& backend, const Path& path) {
  const Bytes* named = path.find(0, "process-id");
  const Bytes* wanted = path.find(0, "assign");
  const auto process = named != nullptr ? ProcessId::from_text(*named) : std::nullopt;
  const auto message = wanted != nullptr ? MessageId::from_text(*wanted) : std::nullopt;
  if (!process || !message)
    co_return error_answer(bad("assign-malformed", "process-id and assign: both must be ids"));
  const auto awaiting = awaiting_of(backend, path, 0);
  if (!awaiting) co_return error_answer(awaiting.error());
  const MessageId which = *message;
  const ProcessId where = *process;
  const auto placed = co_await backend.assign(which, where);
  if (!placed) co_return error_answer(placed.error());
  if (*awaiting) co_return awaited_answer(backend, *placed, **awaiting, awaited_view);
  Map said = taken_view(*placed);
  said.set("id", placed->assignment.text());
  said.set("slot", static_cast<std::int64_t>(placed->slot.number));
  co_return json_answer(said, 202);
}

http::Response monitor_answer(const Backend& backend, const http::Request& request,
                              const ProcessId& process) {
  const auto count = backend.slot_count(process);
  if (!count) return error_answer(count.error());
  return json_answer(
      Map{{"message", request.method == "DELETE" ? "Process deleted" : "Monitoring process"}});
}

// ---- CU ----------------------------------------------------------------------------------------

Task<http::Response> result_answer(Backend& backend, Bytes message,
                                   std::optional<ProcessId> process) {
  if (!process) co_return error_answer(bad("process-missing", "process-id: an id is needed"));
  const auto id = MessageId::from_text(message);
  const auto assignment =
      id ? backend.scheduled(*process, *id) : Result<Assignment>(std::unexpected(Error{}));
  if (!assignment) co_return error_answer(no_message(message, *process));
  const Slot slot = assignment->slot();
  const auto outcome = co_await backend.outcome(*process, slot);
  if (!outcome) co_return error_answer(outcome.error());
  co_return json_answer(outcome->legacy());
}

Task<http::Response> dry_run(Backend& backend, Bytes body, std::optional<ProcessId> process) {
  if (!process) co_return error_answer(bad("process-missing", "process-id: an id is needed"));
  auto claimed = codec::read_aos2_message(body);
  if (!claimed) co_return error_answer(claimed.error());
  const ProcessId which = *process;
  const auto outcome = co_await backend.try_out(which, std::move(*claimed));
  if (!outcome) co_return error_answer(outcome.error());
  co_return json_answer(outcome->legacy());
}

struct Range {
  std::uint64_t from = 0;  // the first slot
  std::uint64_t end = 0;   // behind the last
  std::uint64_t limit = kPageDefault;
  bool is_descending = false;
};

// The first slot whose message was scheduled after `time`. Times never run backward.
std::uint64_t first_after(const Backend& backend, const ProcessId& process, std::uint64_t count,
                          std::uint64_t time) {
  std::uint64_t low = 0;
  std::uint64_t high = count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    const auto found = backend.schedule(process, Slot{middle}, 1);
    if (!found.empty() && found.front().timestamp().milliseconds <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Where a cursor stands: how many slots are up to it, itself among them.
Result<std::uint64_t> passed_by(const Backend& backend, const ProcessId& process,
                                std::uint64_t count, BytesView text, bool& is_descending) {
  if (const auto time = number(text)) return first_after(backend, process, count, *time);
  const auto refused = [&] {
    return std::unexpected(
        bad("cursor-malformed", fmt::format("'{}' is neither a cursor nor a time", text)));
  };
  const auto bytes = from_any_base64(text);
  if (!bytes) return refused();
  const auto cursor = message::from_json(*bytes);
  if (!cursor) return refused();
  const Value* place = cursor->find("ordinate");
  if (place == nullptr) return refused();
  const auto slot = place->integer() != nullptr && *place->integer() >= 0
                        ? std::optional(static_cast<std::uint64_t>(*place->integer()))
                        : number(cursor->text("ordinate"));
  if (!slot) return refused();
  if (!cursor->text("sort").empty()) is_descending = cursor->text("sort") == "DESC";
  return std::min(*slot, count) + 1;
}

Result<Range> range_of(const Backend& backend, const ProcessId& process, const Path& path) {
  AO_TRY(count, backend.evaluated_count(process));
  const std::size_t last = path.steps.size() - 1;
  const auto text = [&](const char* name) {
    const Bytes* found = path.find(last, name);
    return found != nullptr ? BytesView(*found) : BytesView();
  };
  Range range{.from = 0, .end = count};
  if (!text("sort").empty() && text("sort") != "ASC" && text("sort") != "DESC")
    return std::unexpected(bad("sort-unknown", "sort is ASC or DESC"));
  range.is_descending = text("sort") == "DESC";
  if (!text("limit").empty()) {
    const auto limit = number(text("limit"));
    if (!limit) return std::unexpected(bad("limit-malformed", "limit is a number of 0 or more"));
    range.limit = std::min(*limit, kPageMax);
  }
  if (!text("from").empty()) {
    AO_TRY(passed, passed_by(backend, process, count, text("from"), range.is_descending));
    if (range.is_descending) {
      range.end = std::min(count, passed == 0 ? 0 : passed - 1);
    } else {
      range.from = passed;
    }
  }
  if (!text("to").empty()) {
    bool ignored = false;
    AO_TRY(passed, passed_by(backend, process, count, text("to"), ignored));
    if (range.is_descending) {
      range.from = passed == 0 ? 0 : passed - 1;
    } else {
      range.end = std::min(count, passed);
    }
  }
  return range;
}

Value edge_of(const Assignment& assignment, const message::Outcome& outcome, bool is_descending) {
  const Map cursor{{"cron", Value()},
                   {"ordinate", std::to_string(assignment.slot().number)},
                   {"sort", is_descending ? "DESC" : "ASC"},
                   {"timestamp", static_cast<std::int64_t>(assignment.timestamp().milliseconds)}};
  return Map{{"cursor", base64(message::to_json(cursor))}, {"node", outcome.legacy()}};
}

// The slots of a page that come next, in its order.
std::vector<Assignment> next_slots(const Backend& backend, const ProcessId& process, Range& range) {
  const std::uint64_t count = std::min(kReadAtOnce, range.end - range.from);
  const std::uint64_t begin = range.is_descending ? range.end - count : range.from;
  auto slots = backend.schedule(process, Slot{begin}, count);
  if (range.is_descending) {
    range.end = begin;
    std::ranges::reverse(slots);
  } else {
    range.from += count;
  }
  return slots;
}

Task<http::Response> results_answer(Backend& backend, ProcessId process, const Path& path) {
  auto range = range_of(backend, process, path);
  if (!range) co_return error_answer(range.error());
  List edges;
  bool has_more = false;
  std::uint64_t looked_at = 0;
  while (range->from < range->end && !has_more) {
    const auto slots = next_slots(backend, process, *range);
    if (slots.empty()) break;
    for (const Assignment& assignment : slots) {
      const Slot slot = assignment.slot();
      const auto outcome = co_await backend.outcome(process, slot);
      if (!outcome) co_return error_answer(outcome.error());
      if (!outcome->error.empty()) continue;
      has_more = edges.size() >= range->limit;
      if (has_more) break;
      edges.push_back(edge_of(assignment, *outcome, range->is_descending));
    }
    looked_at += slots.size();
    has_more = has_more || (looked_at >= kLookedAtMax && range->from < range->end);
  }
  const Map info{{"hasNextPage", has_more}};
  const Map page{{"edges", std::move(edges)}, {"pageInfo", info}};
  co_return json_answer(page);
}

http::Response no_cron_answer(const Backend& backend, const ProcessId& process) {
  const auto count = backend.slot_count(process);
  if (!count) return error_answer(count.error());
  return json_answer(Map{{"edges", List{}}, {"pageInfo", Map{{"hasNextPage", false}}}});
}

}  // namespace

Task<std::optional<http::Response>> answer_as_legacy(Backend& backend, http::Request& request,
                                                     const Path& path) {
  std::optional<http::Response> answer;
  const bool is_post = request.method == "POST";
  if (path.steps.empty()) {
    const bool assigns = path.find(0, "assign") != nullptr || path.find(0, "process-id") != nullptr;
    if (is_post && assigns) {
      answer = co_await assign(backend, path);
    } else if (is_post && !request.body.empty() && !claims_a_signature(request)) {
      answer = co_await take_item(backend, request, path);
    }
    co_return answer;
  }
  const Step& first = path.steps.front();
  if (!first.device.empty() || !first.pairs.empty()) co_return answer;
  if (path.steps.size() == 1) {
    if (is_post && first.key == "graphql") {
      Bytes body = std::move(request.body);
      answer = co_await graphql_answer(backend, std::move(body));
    }
    const Bytes* tried_on = path.find(0, "process-id");
    if (is_post && first.key == "dry-run") {
      std::optional<ProcessId> whose;
      if (tried_on != nullptr) whose = ProcessId::from_text(*tried_on);
      Bytes body = std::move(request.body);
      answer = co_await dry_run(backend, std::move(body), whose);
    }
    const auto id = MessageId::from_text(first.key);
    if (!is_post && id && path.query.empty()) answer = co_await data_answer(backend, request, *id);
    co_return answer;
  }
  if (path.steps.size() != 2) co_return answer;
  const Bytes second = path.steps[1].key;
  const auto process = ProcessId::from_text(second);
  const Bytes* named = path.find(1, "process-id");
  if (!is_post && first.key == "result") {
    std::optional<ProcessId> whose;
    if (named != nullptr) whose = ProcessId::from_text(*named);
    answer = co_await result_answer(backend, second, whose);
  } else if (process && first.key == "results" && !is_post) {
    answer = co_await results_answer(backend, *process, path);
  } else if (process && first.key == "monitor" && request.method != "GET") {
    answer = monitor_answer(backend, request, *process);
  } else if (process && first.key == "cron" && !is_post) {
    answer = no_cron_answer(backend, *process);
  }
  co_return answer;
}

}  // namespace ao::api
