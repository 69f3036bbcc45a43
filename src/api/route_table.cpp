// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "route_table.hpp"

#include <algorithm>
#include <array>

#include "ao/base/ids.hpp"

namespace ao::api {
namespace {

using Door = Route::Door;
using Body = Route::Body;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";
constexpr std::string_view kAnyType = "*/*";
constexpr std::string_view kStream = "kinds last-event-id";
constexpr std::string_view kRelayed = "relay-path! relay-method relay-body peer";

constexpr Route dialect(std::string_view name, std::string_view method, std::string_view path,
                        std::string_view query, Body body, std::string_view statuses,
                        std::string_view media_type, std::string_view summary) {
  return {Door::kDialects, name, method, path, query, body, statuses, media_type, summary};
}

constexpr std::array kRoutes = {
    Route{Door::kHealth, "healthz", "GET", "/healthz", "", Body::kNone, "200", kJson,
          "Whether the node runs."},
    Route{Door::kReadiness, "readyz", "GET", "/readyz", "", Body::kNone, "200", kJson,
          "Whether the node takes messages; 503 says why not."},
    Route{Door::kMetrics, "metrics", "GET", "/metrics", "", Body::kNone, "200",
          "text/plain; version=0.0.4; charset=utf-8", "What the node counts, for Prometheus."},
    Route{Door::kOpenApi, "openapi", "GET", "/openapi.json", "", Body::kNone, "200", kJson,
          "This description."},
    Route{Door::kItems, "tx", "POST", "/tx", "", Body::kItem, "200", kJson,
          "Keeps a signed item that is not scheduled: a module, data."},
    Route{Door::kEvents, "events", "GET", "/events", kStream, Body::kNone, "200", kEvents,
          "What happens on the node, as it happens; also over a WebSocket."},
    Route{Door::kEvents, "events", "GET", "/{id}/events", "kinds last-event-id from process-id",
          Body::kNone, "200 204", kEvents,
          "What happens in a process, or to one message; also over a WebSocket."},

    dialect("root", "GET", "/", "", Body::kNone, "200", kJson, "The node: address, version."),
    dialect("root", "POST", "/", "await timeout", Body::kItem, "202 200", kJson,
            "Schedules a signed item, as a messenger unit; with `process-id` and `assign`, a "
            "message that is here for one more process."),
    dialect("graphql", "POST", "/graphql", "", Body::kQuery, "200", kJson,
            "Items of this node, as a gateway tells of them."),
    dialect("dry-run", "POST", "/dry-run", "process-id!", Body::kClaim, "200", kJson,
            "Runs a message that nobody signed, and forgets it."),
    dialect("result", "GET", "/result/{message}", "process-id!", Body::kNone, "200", kJson,
            "What became of a message, as a compute unit tells."),
    dialect("results", "GET", "/results/{process}", "from to sort limit", Body::kNone, "200", kJson,
            "What became of the messages of a process, by pages."),
    dialect("monitor", "POST", "/monitor/{process}", "", Body::kNone, "200", kJson,
            "Nothing to do: results are delivered without being asked for."),
    dialect("monitor", "DELETE", "/monitor/{process}", "", Body::kNone, "200", kJson, "The same."),
    dialect("cron", "GET", "/cron/{process}", "", Body::kNone, "200", kJson,
            "No results of their own: scheduled tasks are messages."),
    dialect("timestamp", "GET", "/timestamp", "", Body::kNone, "200", kJson,
            "The time, as a scheduler unit tells."),
    dialect("processes", "GET", "/processes/{process}", "", Body::kNone, "200", kJson,
            "The spawn of a process, as a scheduler unit tells."),

    dialect("push", "POST", "/push", "await timeout max-depth result-depth push-mode", Body::kItem,
            "200 202", kJson,
            "Schedules a spawn or message, and answers with its result; 202 when that takes "
            "longer."),
    dialect("schedule", "POST", "/schedule", "await timeout", Body::kItem, "200 202", kJson,
            "Schedules a spawn or message, and answers with its slot."),
    dialect("push", "POST", "/~process@1.0/push", "await timeout", Body::kItem, "200 202", kJson,
            "The same as /push."),
    dialect("schedule", "POST", "/~process@1.0/schedule", "await timeout", Body::kItem, "200 202",
            kJson, "The same as /schedule."),
    dialect("push", "POST", "/~scheduler@1.0/push", "await timeout", Body::kItem, "200 202", kJson,
            "The same as /push."),
    dialect("schedule", "POST", "/~scheduler@1.0/schedule", "await timeout", Body::kItem, "200 202",
            kJson, "The same as /schedule."),
    dialect("schedule", "GET", "/~scheduler@1.0/schedule", "target! from to limit", Body::kNone,
            "200", kJson, "The assignments of a process."),
    dialect("slot", "GET", "/~scheduler@1.0/slot", "target!", Body::kNone, "200", kAnyType,
            "How far the schedule of a process has come."),
    dialect("cron", "GET", "/~cron@1.0/list", "process", Body::kNone, "200", kJson,
            "The scheduled tasks of the node, or of one process."),
    dialect("cron", "GET", "/~cron@1.0/task", "task!", Body::kNone, "200", kJson,
            "One scheduled task."),
    dialect("cron", "GET", "/~cron@1.0/{action}", "cron-path interval task", Body::kSigned, "200",
            kAnyType, "Sets, stops, pauses or resumes a scheduled task."),
    dialect("cron", "POST", "/~cron@1.0/{action}", "cron-path interval task", Body::kSigned, "200",
            kAnyType, "The same."),
    dialect("peer", "GET", "/~peer@1.0/location", "", Body::kNone, "200", kAnyType,
            "Where this node is reached, as it signs it."),
    dialect("peer", "GET", "/~peer@1.0/item", "id!", Body::kNone, "200", kAnyType,
            "The signed bytes of a process, message or module."),
    dialect("peer", "GET", "/~peer@1.0/trace", "id!", Body::kNone, "200", kJson,
            "What became of a message, and of what came of it."),
    dialect("peer", "GET", "/~peer@1.0/dead-letters", "", Body::kNone, "200", kJson,
            "What no node took."),
    dialect(
        "peer", "GET", "/~peer@1.0/schedule", "process! known", Body::kNone, "200", kAnyType,
        "Slots of a process for who follows it and knows as many, a bundle of its messages, each "
        "with its assignment behind it. Waits a moment for new ones."),
    dialect("peer", "GET", "/~peer@1.0/outcomes", "process! from count", Body::kNone, "200", kJson,
            "SHA-256 of outcomes, in the order of their slots."),
    dialect("peer", "GET", "/~peer@1.0/follows", "", Body::kNone, "200", kJson,
            "The processes of other nodes that this one follows, and how far."),
    dialect("peer", "POST", "/~peer@1.0/retry", "", Body::kSigned, "200", kJson,
            "Sends a dead letter once more, for an item that the node's key signed."),
    dialect("peer", "POST", "/~peer@1.0/messages", "", Body::kBundle, "200", kJson,
            "Messages of another node for processes of this one."),
    dialect("peer", "POST", "/~peer@1.0/gossip", "", Body::kNote, "200", kAnyType,
            "What another node knows of others, answered with what this one does."),
    dialect("settlement", "GET", "/~settlement@1.0/info", "", Body::kNone, "200", kJson,
            "How much of what was scheduled is not on Arweave yet, and why."),
    dialect("settlement", "GET", "/~settlement@1.0/bundles", "from", Body::kNone, "200", kJson,
            "The bundles that are not confirmed; with `from` all of them, from that number on."),
    dialect("settlement", "GET", "/~settlement@1.0/item", "id!", Body::kNone, "200", kJson,
            "How far a message, process or module is on its way to Arweave."),
    dialect("settlement", "POST", "/~settlement@1.0/retry", "", Body::kSigned, "200", kJson,
            "Sends a bundle at once, for an item that the node's key signed."),
    dialect("settlement", "GET", "/{id}/settlement", "", Body::kNone, "200", kJson,
            "The same as /~settlement@1.0/item."),
    dialect("relay", "GET", "/~relay@1.0/call", kRelayed, Body::kNone, "200 403 404", kAnyType,
            "Sends a request for the asker, and answers as that was answered: where the operator "
            "allows it, or to this node's own results."),
    dialect("relay", "POST", "/~relay@1.0/call", kRelayed, Body::kNone, "200 403 404", kAnyType,
            "The same, with the method POST unless it is said otherwise."),
    dialect("relay", "GET", "/~relay@1.0/cast", kRelayed, Body::kNone, "200 403 404", kAnyType,
            "The same without waiting for the answer."),
    dialect("relay", "POST", "/~relay@1.0/cast", kRelayed, Body::kNone, "200 403 404", kAnyType,
            "The same."),
    dialect("router", "GET", "/~router@1.0/routes", "", Body::kNone, "200", kAnyType,
            "Where paths without an origin are relayed to, in their order."),
    dialect("router", "POST", "/~router@1.0/routes", "", Body::kNone, "200", kAnyType,
            "Adds the route that the message has, or removes it, for a request that the node's key "
            "signed; one without a route reads them."),
    dialect("router", "GET", "/~router@1.0/match", "route-path!", Body::kNone, "200 404", kAnyType,
            "The route that is for a path."),
    dialect("router", "GET", "/~router@1.0/route", "route-path!", Body::kNone, "200 404", kAnyType,
            "The URL that a path would be relayed to."),
    dialect("cache", "POST", "/~cache@1.0/write", "", Body::kItem, "200 403", kJson,
            "Keeps a signed item, or the message of a signed request, for who may write."),
    dialect("cache", "POST", "/~cache@1.0/link", "source! destination!", Body::kSigned, "200",
            kJson, "Gives what is here a name, for a request that a writer signed."),
    dialect("meta", "GET", "/~meta@1.0/info", "", Body::kNone, "200", kAnyType,
            "The node, whole or by a key."),
    dialect("meta", "POST", "/~meta@1.0/info", "", Body::kSigned, "200", kJson,
            "Changes the node's message, for a request that the node's key signed."),

    dialect("payment", "GET", "/~p4@1.0/balance", "address!", Body::kNone, "200", kAnyType,
            "What an account has with this node."),
    dialect("payment", "GET", "/~simple-pay@1.0/balance", "address!", Body::kNone, "200", kAnyType,
            "The same."),
    dialect("payment", "GET", "/~simple-pay@1.0/history", "address limit", Body::kSigned, "200",
            kAnyType, "Payments of an account, the newest first."),
    dialect("payment", "POST", "/~simple-pay@1.0/topup", "recipient! amount! reference!",
            Body::kSigned, "200", kAnyType,
            "Adds to an account, for a request that the node's key signed."),

    dialect("push", "POST", "/{process}~process@1.0/push",
            "await timeout max-depth result-depth push-mode", Body::kItem, "200 202", kJson,
            "A message for this process; answers with its result, or with what came of what it "
            "sent."),
    dialect("push", "GET", "/{process}~process@1.0/push", "slot! max-depth result-depth timeout",
            Body::kNone, "200 202", kJson, "What came of a slot, and of what it sent."),
    dialect("schedule", "POST", "/{process}~process@1.0/schedule", "await timeout", Body::kItem,
            "200 202", kJson, "A message for this process; answers with its slot."),
    dialect("dry-run", "POST", "/{process}~process@1.0/as=execution/compute", "slot", Body::kItem,
            "200", kJson, "Runs a signed message without scheduling it."),
    dialect("schedule", "GET", "/{process}~process@1.0/schedule", "from to limit", Body::kNone,
            "200", kJson, "The assignments of the process."),
    dialect("slot", "GET", "/{process}~process@1.0/slot", "", Body::kNone, "200", kAnyType,
            "How far the schedule has come."),
    dialect("slot", "POST", "/{process}~process@1.0/slot", "", Body::kNone, "200", kAnyType,
            "The same, for clients that sign what they ask."),
    dialect("compute", "GET", "/{process}~process@1.0/compute={slot}/{path}", "", Body::kNone,
            "200", kAnyType, "What became of a slot, and what the process showed after it."),
    dialect("compute", "POST", "/{process}~process@1.0/compute={slot}/{path}", "", Body::kNone,
            "200", kAnyType, "The same, for clients that sign what they ask."),
    dialect("compute", "GET", "/{process}~process@1.0/compute/{path}", "slot", Body::kNone, "200",
            kAnyType, "What the process shows now, also while it has more to do."),
    dialect("compute", "POST", "/{process}~process@1.0/compute/{path}", "slot", Body::kNone, "200",
            kAnyType, "The same, for clients that sign what they ask."),
    dialect("now", "GET", "/{process}~process@1.0/now/{path}", "", Body::kNone, "200", kAnyType,
            "What the process shows when everything scheduled is evaluated."),
    dialect("now", "POST", "/{process}~process@1.0/now/{path}", "", Body::kNone, "200", kAnyType,
            "The same, for clients that sign what they ask."),
    dialect("latest", "GET", "/{process}/latest", "", Body::kNone, "200", kJson,
            "The last assignment, as a scheduler unit tells."),
    dialect("item", "GET", "/{id}", "process-id", Body::kNone, "200", kAnyType,
            "The data of an item that is here; a scheduler unit's page with its parameters."),
    dialect("item", "POST", "/{id}", "", Body::kNone, "200", kAnyType,
            "The data of an item, for clients that sign what they ask."),
    dialect(
        "resolve", "GET", "/{steps}", "", Body::kNone, "200", kAnyType,
        "What a path gives, message after message: devices, keys of messages. What is posted is a "
        "message whose keys every step is asked with."),
};

constexpr std::array kParameters = {
    Parameter{"action", "string", "every", "every, at, expression, once, stop, pause or resume."},
    Parameter{"address", "string", "4IE6C2SUXQdOQlafGhqmv4zBknDJD7sbeYjfPvzuC-U",
              "The account of this address."},
    Parameter{"amount", "integer", "100", "How much, in the smallest unit."},
    Parameter{"await", "string", "result", "Answers when the slot was evaluated."},
    Parameter{"count", "integer", "10", "How many at most."},
    Parameter{"cron-path", "string", "", "Where ticks go: /PROCESS~process@1.0/push."},
    Parameter{"destination", "string", "latest", "A name."},
    Parameter{"from", "integer", "0", "Where a page begins, or a stream: its first slot."},
    Parameter{"id", "string", "", "A process, message or item."},
    Parameter{"interval", "string", "5-seconds", "The time between two ticks."},
    Parameter{"kinds", "string", "slot,result",
              "Names of events with commas: slot, print, outbox, failure, result, delivery."},
    Parameter{"known", "integer", "0", "How many slots the asker has."},
    Parameter{"last-event-id", "string", "", "Goes on behind it; the header goes before."},
    Parameter{"limit", "integer", "2", "The most of a page."},
    Parameter{"message", "string", "", "A message."},
    Parameter{"max-depth", "integer", "1", "How deep to look for what messages sent."},
    Parameter{"path", "string", "count",
              "A key that the process shows; keys within it, with slashes."},
    Parameter{"peer", "string", "", "The origin of a `relay-path` that has none."},
    Parameter{"process", "string", "", "A process."},
    Parameter{"process-id", "string", "", "A process."},
    Parameter{"push-mode", "string", "async", "sync, or async to be answered at once."},
    Parameter{"recipient", "string", "4IE6C2SUXQdOQlafGhqmv4zBknDJD7sbeYjfPvzuC-U",
              "The account of this address."},
    Parameter{"reference", "string", "invoice-1", "Under one reference it is added once."},
    Parameter{"result-depth", "integer", "1", "How deep to tell results."},
    Parameter{"relay-body", "string", "", "The body of what is relayed."},
    Parameter{"relay-method", "string", "GET", "The method of what is relayed."},
    Parameter{"relay-path", "string", "https://api.example/v1/price",
              "Where it is relayed to: a URL, or a path."},
    Parameter{"route-path", "string", "/result/x", "A path without an origin."},
    Parameter{"slot", "integer", "1", "A slot."},
    Parameter{"sort", "string", "DESC", "ASC or DESC."},
    Parameter{"source", "string", "4IE6C2SUXQdOQlafGhqmv4zBknDJD7sbeYjfPvzuC-U",
              "The id of what is named, or a name that it has."},
    Parameter{"steps", "string", "~message@1.0&greeting=hello/greeting",
              "Steps of a path, with slashes."},
    Parameter{"target", "string", "", "A process."},
    Parameter{"task", "string", "", "A scheduled task."},
    Parameter{"timeout", "integer", "60", "Seconds, with `await`."},
    Parameter{"to", "integer", "1", "Where a page ends."},
};

bool is_id_name(std::string_view name) {
  return name == "id" || name == "process" || name == "message";
}

// One step of a template, "compute={slot}" or "{process}~process@1.0".
bool matches(std::string_view part, const Step& step) {
  if (step.is_path) return false;
  if (part.starts_with('{')) {
    const std::string_view name = part.substr(1, part.find('}') - 1);
    const bool is_of_process = step.device.empty() || step.device == "process@1.0";
    return !is_id_name(name) || (is_of_process && MessageId::from_text(step.key));
  }
  if (part.starts_with('~')) return step.key.empty() && step.device == part.substr(1);
  const std::size_t equals = part.find('=');
  if (step.key != part.substr(0, equals)) return false;
  return equals == part.npos || step.find(part.substr(0, equals)) != nullptr;
}

bool matches(const Route& route, const Path& path) {
  std::string_view rest = route.path.substr(1);
  const bool is_exact = route.door != Door::kDialects || rest.empty() || rest.ends_with('}');
  std::size_t at = 0;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string_view part = rest.substr(0, slash);
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    if (part == "{path}" || part == "{steps}") return true;
    if (at >= path.steps.size() || !matches(part, path.steps[at])) return false;
    ++at;
  }
  // Clients say behind the steps how the answer is to be written.
  return at == path.steps.size() || !is_exact;
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

std::span<const Parameter> parameters() {
  return kParameters;
}

const Route* route_for(std::string_view method, const Path& path) {
  const std::string_view asked = method == "HEAD" ? "GET" : method;
  const auto found = std::ranges::find_if(
      kRoutes, [&](const Route& route) { return route.method == asked && matches(route, path); });
  if (found != kRoutes.end()) return &*found;
  const Route* read = asked == "POST" ? route_for("GET", path) : nullptr;
  return read == nullptr || read->door == Route::Door::kEvents ? nullptr : read;
}

std::vector<std::string_view> names_in(std::string_view path) {
  std::vector<std::string_view> names;
  for (std::size_t at = path.find('{'); at != path.npos; at = path.find('{', at + 1))
    names.push_back(path.substr(at + 1, path.find('}', at) - at - 1));
  return names;
}

std::vector<std::string_view> words_in(std::string_view list) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    words.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

}  // namespace ao::api
