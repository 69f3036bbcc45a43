// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "views.hpp"

#include "ao/message/paths.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Outcome;
using message::Outgoing;
using message::Value;

namespace {

Value outbox_view(const Outcome& outcome) {
  Map outbox;
  std::size_t number = 0;
  for (const Outgoing& outgoing : outcome.outgoing) {
    Map entry;
    for (const message::Tag& tag : outgoing.tags)
      entry.set(message::normal_key(tag.name), tag.value);
    if (!outgoing.target.empty()) entry.set("target", outgoing.target);
    if (!outgoing.anchor.empty()) entry.set("anchor", outgoing.anchor);
    if (!outgoing.data.empty()) entry.set("data", outgoing.data);
    outbox.set(std::to_string(++number), std::move(entry));
  }
  return outbox;
}

Value tags_view(const message::Tags& tags) {
  List list;
  for (const message::Tag& tag : tags)
    list.push_back(Map{{"name", tag.name}, {"value", tag.value}});
  return list;
}

std::string id_text(BytesView bytes) {
  return bytes.empty() ? std::string() : base64url(bytes);
}

}  // namespace

Value results_view(const Outcome& outcome) {
  Map view;
  if (!outcome.error.empty()) view.set("error", outcome.error);
  view.set("outbox", outbox_view(outcome));
  view.set("output", outcome.output.is_null() ? Value(Map{}) : outcome.output);
  view.set("raw", outcome.legacy());
  return view;
}

Map submitted_view(const Submitted& submitted) {
  Map view;
  if (submitted.outcome) view = *results_view(*submitted.outcome).map();
  view.set("assignment", submitted.assignment.text());
  view.set("id", submitted.message.text());
  view.set("process", submitted.process.text());
  view.set("slot", static_cast<std::int64_t>(submitted.slot.number));
  view.set("timestamp", static_cast<std::int64_t>(submitted.timestamp.milliseconds));
  if (!submitted.node_url.empty()) view.set("node", submitted.node_url);
  return view;
}

std::string_view state_name(Trace::Sent::State state) {
  switch (state) {
    case Trace::Sent::State::kScheduled:
      return "scheduled";
    case Trace::Sent::State::kWaiting:
      return "waiting";
    case Trace::Sent::State::kForwarding:
      return "forwarding";
    case Trace::Sent::State::kForwarded:
      return "forwarded";
    case Trace::Sent::State::kDeadLetter:
      return "dead-letter";
    case Trace::Sent::State::kTask:
      return "task";
    case Trace::Sent::State::kSettled:
      break;
  }
  return "settled";
}

Value assignment_view(const message::Assignment& assignment) {
  const message::DataItem& item = assignment.body();
  Map body;  // its keys as a message has them, and the item as those who know items look for it
  for (const message::Tag& tag : item.tags())
    body.set(message::normal_key(tag.name), tag.value);
  body.set("id", item.id().text());
  body.set("owner", item.signer().text);
  body.set("target", id_text(item.target()));
  body.set("anchor", id_text(item.anchor()));
  body.set("tags", tags_view(item.tags()));
  body.set("data", Bytes(item.data()));
  Map view;
  view.set("id", assignment.id().text());
  view.set("process", assignment.process().text());
  view.set("slot", static_cast<std::int64_t>(assignment.slot().number));
  view.set("timestamp", static_cast<std::int64_t>(assignment.timestamp().milliseconds));
  const message::Block& block = assignment.block();
  view.set("block-height", static_cast<std::int64_t>(block.height));
  if (!block.hash.empty()) view.set("block-hash", block.hash);
  if (block.timestamp != 0) view.set("block-timestamp", static_cast<std::int64_t>(block.timestamp));
  view.set("hash-chain", assignment.chain().text());
  view.set("body", std::move(body));
  return view;
}

}  // namespace ao::api
