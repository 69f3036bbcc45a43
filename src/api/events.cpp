// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ao/message/json.hpp"
#include "views.hpp"

namespace ao::api {

using message::Assignment;
using message::Map;
using message::Outcome;
using message::Outgoing;
using message::Value;

namespace {

std::optional<EventKind> kind_named(std::string_view name) {
  const auto found = std::ranges::find(kEventNames, name);
  if (found == kEventNames.end()) return std::nullopt;
  return static_cast<EventKind>(found - kEventNames.begin());
}

// The text of an output: the runtime's has it as `data`, a program may return it bare.
BytesView printed(const Outcome& outcome) {
  if (const Bytes* text = outcome.output.bytes()) return *text;
  return outcome.output.text("data");
}

std::int64_t number_of(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

Map place_of(const Outcome& outcome) {
  return Map{{"message", outcome.message.text()},
             {"process", outcome.process.text()},
             {"slot", number_of(outcome.slot.number)}};
}

Map sent(const Outcome& outcome, std::size_t index) {
  const Outgoing& outgoing = outcome.outgoing[index];
  const bool is_spawn = outgoing.kind == Outgoing::Kind::kSpawn;
  Map data = place_of(outcome);
  data.set("anchor", outgoing.anchor);
  data.set("data", outgoing.data);
  data.set("index", number_of(index));
  data.set("kind", is_spawn ? "spawn" : "message");
  data.set("tags", message::tags_value(outgoing.tags));
  if (!is_spawn) data.set("target", outgoing.target);
  return data;
}

Map result(const Outcome& outcome) {
  Map data = place_of(outcome);
  if (!outcome.error.empty()) data.set("error", outcome.error);
  data.set("gas-used", number_of(outcome.gas_used));
  data.set("outbox", number_of(outcome.outgoing.size()));
  data.set("output", outcome.output.is_null() ? Value(Map{}) : outcome.output);
  return data;
}

}  // namespace

Result<EventKinds> EventKinds::parse(const Bytes* text) {
  EventKinds kinds;
  if (text == nullptr || text->empty()) return kinds;
  kinds.bits_ = 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    const auto kind = kind_named(rest.substr(0, end));
    if (!kind)
      return fail(ErrorKind::kInvalid, "event-kind-unknown",
                  fmt::format("kinds: there is no '{}' among {}", rest.substr(0, end),
                              fmt::join(kEventNames, ", ")));
    kinds.bits_ |= 1U << static_cast<unsigned>(*kind);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return kinds;
}

bool EventKinds::has_of_outcomes() const {
  return has(EventKind::kPrint) || has(EventKind::kOutbox) || has(EventKind::kFailure) ||
         has(EventKind::kResult);
}

void append_sse(Bytes& out, const Event& event) {
  out += fmt::format("event: {}\nid: {}\ndata: ", event.name, event.id);
  message::append_json(out, event.data);  // has no line ends
  out += "\n\n";
}

Bytes event_json(const Event& event) {
  return message::to_json(Map{{"data", event.data}, {"event", event.name}, {"id", event.id}});
}

Told told_of_slot(const Assignment& assignment) {
  const message::DataItem& item = assignment.body();
  Map data{{"assignment", assignment.id().text()},
           {"from", item.signer().text},
           {"message", item.id().text()},
           {"process", assignment.process().text()},
           {"slot", number_of(assignment.slot().number)},
           {"timestamp", number_of(assignment.timestamp().milliseconds)}};
  if (!item.tag("Action").empty()) data.set("action", Bytes(item.tag("Action")));
  return {EventKind::kSlot, std::move(data)};
}

std::size_t count_of_outcome(const Outcome& outcome) {
  const std::size_t prints = printed(outcome).empty() ? 0 : 1;
  const std::size_t errors = outcome.error.empty() ? 0 : 1;
  return prints + outcome.outgoing.size() + errors + 1;
}

EventKind kind_in_outcome(const Outcome& outcome, std::size_t index) {
  const std::size_t prints = printed(outcome).empty() ? 0 : 1;
  if (index < prints) return EventKind::kPrint;
  if (index < prints + outcome.outgoing.size()) return EventKind::kOutbox;
  return index + 1 < count_of_outcome(outcome) ? EventKind::kFailure : EventKind::kResult;
}

Told told_of_outcome(const Outcome& outcome, std::size_t index) {
  const EventKind kind = kind_in_outcome(outcome, index);
  Map data = place_of(outcome);
  if (kind == EventKind::kPrint) {
    data.set("text", printed(outcome));
  } else if (kind == EventKind::kOutbox) {
    data = sent(outcome, index - (printed(outcome).empty() ? 0 : 1));
  } else if (kind == EventKind::kFailure) {
    data.set("error", outcome.error);
  } else {
    data = result(outcome);
  }
  return {kind, std::move(data)};
}

Told told_of_delivery(const Outcome& outcome, const Trace::Sent& sent) {
  Map data = place_of(outcome);
  data.set("index", number_of(sent.index));
  data.set("status", state_name(sent.state));
  if (!sent.reason.empty()) data.set("reason", sent.reason);
  if (!sent.url.empty()) data.set("url", sent.url);
  if (sent.slot && sent.message) {
    data.set("at", Map{{"message", sent.message->text()},
                       {"process", sent.target},
                       {"slot", number_of(sent.slot->number)}});
  }
  return {EventKind::kDelivery, std::move(data)};
}

}  // namespace ao::api
