// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "cron_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "answers.hpp"
#include "signed_requests.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Tags;
using message::Value;

// Fields of an order; what else a request says are tags of the ticks.
constexpr std::array<std::string_view, 10> kOrderFields = {
    "name",  "interval", "time", "expression", "zone",
    "first", "until",    "runs", "missed",     "overlap"};
// Neither: what names the process or the task, and what HTTP and its codecs say.
constexpr std::array<std::string_view, 12> kNeither = {
    "cron-path", "task",   "process", "path",         "method",         "data",
    "body",      "device", "host",    "content-type", "content-digest", "content-length"};
constexpr std::array<std::string_view, 4> kNeitherBegin = {"accept", "ao-", "codec-", "signature"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view one) { return same_key(name, one); });
}

struct Statement {
  std::vector<Pair> pairs;  // names and values, those of the target first
  std::vector<Address> signers;

  const Bytes* find(std::string_view name) const {
    for (const Pair& pair : pairs)
      if (same_key(pair.key, name)) return &pair.value;
    return nullptr;
  }
};

// What the request's signers say.
Task<Result<Statement>> statement_of(Backend& backend, const Asked& asked) {
  Statement statement;
  for (const Step& step : asked.path.steps)
    std::ranges::copy(step.pairs, std::back_inserter(statement.pairs));
  std::ranges::copy(asked.path.query, std::back_inserter(statement.pairs));
  const codec::Request request = signed_request(asked.request);
  auto read = co_await backend.read(request, asked.request.network);
  if (!read) co_return std::unexpected(read.error());
  if (!read->is_signed()) {
    Error error{ErrorKind::kDenied, "cron-denied",
                "tasks are changed with a signed request (RFC 9421) of the process's owner or of "
                "this node's operator"};
    co_return std::unexpected(std::move(error));
  }
  for (const codec::Commitment& one : read->commitments) {
    if (!one.committer) continue;
    if (!covers_target(one, request)) {
      Error error{ErrorKind::kDenied, "cron-not-covered",
                  fmt::format("the signature of {} does not cover the path of the request and its "
                              "query: sign @path and @query, or a field path and no query",
                              one.committer->text)};
      co_return std::unexpected(std::move(error));
    }
    statement.signers.push_back(*one.committer);
  }
  for (const auto& [key, value] : read->tabm)
    if (value.bytes() != nullptr) statement.pairs.push_back({key, *value.bytes(), {}});
  co_return statement;
}

// `/PID~process@1.0/push`, or /schedule: a task's ticks are messages, and nothing else.
Result<ProcessId> process_in(BytesView cron_path) {
  auto path = Path::parse(cron_path);
  if (!path) return std::unexpected(path.error());
  const auto process =
      path->steps.empty() ? std::nullopt : ProcessId::from_text(path->steps.front().key);
  const bool is_message = path->steps.size() == 2 && (path->steps.back().key == "push" ||
                                                      path->steps.back().key == "schedule");
  if (process && is_message) return *process;
  return fail(ErrorKind::kInvalid, "cron-path",
              fmt::format("cron-path '{}' is not served: a task sends messages to a process, "
                          "/PROCESS~process@1.0/push",
                          cron_path.substr(0, 128)));
}

Tags fields_of(const Statement& statement, std::string_view action) {
  Tags fields = {{"action", Bytes(action)}};
  for (const Pair& pair : statement.pairs) {
    const auto begins = [&](std::string_view one) {
      return same_key(BytesView(pair.key).substr(0, one.size()), one);
    };
    if (is_one_of(kNeither, pair.key) || std::ranges::any_of(kNeitherBegin, begins)) continue;
    if (is_one_of(kOrderFields, pair.key)) {
      if (message::find_tag(fields, pair.key) == nullptr) fields.push_back({pair.key, pair.value});
    } else {
      fields.push_back({"Cron-Tag-" + pair.key, pair.value});
    }
  }
  return fields;
}

Result<TaskOrder> order_of(const Statement& statement, std::string_view action) {
  TaskOrder order;
  order.signers = statement.signers;
  if (action == "stop" || action == "pause" || action == "resume") {
    const Bytes* id = statement.find("task");
    order.task = TaskId::from_text(id != nullptr ? BytesView(*id) : BytesView());
    if (!order.task) return fail(ErrorKind::kInvalid, "cron-field", "task is the id of a task");
    order.fields = {{"action", Bytes(action)}};
    return order;
  }
  const Bytes* path = statement.find("cron-path");
  if (path == nullptr)
    return fail(ErrorKind::kInvalid, "cron-path", "No cron path found in message.");
  AO_TRY(process, process_in(*path));
  order.process = process;
  if (action == "every" && statement.find("interval") == nullptr)
    return fail(ErrorKind::kInvalid, "cron-field", "No interval found in message.");
  order.is_due_at_once = action == "every";
  order.fields = fields_of(statement, action);
  const Bytes* data = statement.find("data");
  if (data == nullptr) data = statement.find("body");
  if (data != nullptr) order.data = *data;
  return order;
}

Task<http::Response> changed(Backend& backend, Asked asked, std::string action) {
  auto statement = co_await statement_of(backend, asked);
  if (!statement) co_return error_answer(statement.error());
  auto order = order_of(*statement, action);
  if (!order) co_return error_answer(order.error());
  const bool names_task = order->task.has_value();
  const auto task = co_await backend.order_task(std::move(*order));
  if (!task) co_return error_answer(task.error());
  if (!names_task) co_return text_answer(task->text());
  const std::string done = action == "stop" ? "stopped" : action == "pause" ? "paused" : "resumed";
  Map said{{"message", "Task " + done + " successfully"}, {"task_id", task->text()}};
  co_return json_answer(said);
}

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

Map view_of(const cron::Task& task) {
  Map tags;
  for (const message::Tag& tag : task.rule.tags)
    if (tags.find(tag.name) == nullptr) tags.set(tag.name, tag.value);
  const cron::History& history = task.history;
  Map past{{"missed", integer(history.missed)},
           {"runs", integer(history.runs)},
           {"skipped", integer(history.skipped)}};
  if (history.last_due) past.set("last-due", integer(history.last_due->milliseconds));
  if (history.last_slot) past.set("last-slot", integer(history.last_slot->number));
  if (!history.last_error.empty()) past.set("last-error", history.last_error);
  Map view{{"history", std::move(past)},
           {"missed", cron::text_of(task.rule.missed)},
           {"name", task.name},
           {"next", integer(task.next.milliseconds)},
           {"overlap", cron::text_of(task.rule.overlap)},
           {"paused", task.is_paused},
           {"process", task.process.text()},
           {"set-at", integer(task.set_at.milliseconds)},
           {"set-by", task.set_by},
           {"tags", std::move(tags)},
           {"task", task.id.text()},
           {"when", task.rule.when.value()}};
  if (task.rule.until) view.set("until", integer(task.rule.until->milliseconds));
  if (task.rule.runs_max > 0) view.set("runs-max", integer(task.rule.runs_max));
  return view;
}

Task<http::Response> listed(Backend& backend, Asked asked) {
  const Bytes* text = asked.path.find(1, "process");
  std::optional<ProcessId> process;
  if (text != nullptr) {
    process = ProcessId::from_text(*text);
    const Error error{ErrorKind::kInvalid, "id-malformed", "process is no id"};
    if (!process) co_return error_answer(error);
  }
  const auto tasks = co_await backend.tasks(process);
  List views;
  for (const cron::Task& task : tasks)
    views.emplace_back(view_of(task));
  co_return json_answer(views);
}

Task<http::Response> shown(Backend& backend, Asked asked) {
  const Bytes* text = asked.path.find(1, "task");
  const auto id = TaskId::from_text(text != nullptr ? BytesView(*text) : BytesView());
  const Error error{ErrorKind::kInvalid, "id-malformed", "task is no id"};
  if (!id) co_return error_answer(error);
  const auto task = co_await backend.task(*id);
  if (!task) co_return error_answer(task.error());
  co_return json_answer(view_of(*task));
}

}  // namespace

bool is_for_cron(const Path& path) {
  return path.steps.size() == 2 && path.steps[0].key.empty() && path.steps[0].device == "cron@1.0";
}

Task<http::Response> answer_as_cron(Backend& backend, Asked asked) {
  const std::string action = asked.path.steps[1].key;
  if (action == "list") co_return co_await listed(backend, std::move(asked));
  if (action == "task") co_return co_await shown(backend, std::move(asked));
  co_return co_await changed(backend, std::move(asked), action);
}

}  // namespace ao::api
