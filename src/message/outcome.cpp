// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/outcome.hpp"

namespace ao::message {
namespace {

Result<Tags> tags_from(const Value* value) {
  Tags tags;
  if (value == nullptr || value->list() == nullptr)
    return fail(ErrorKind::kInvalid, "outcome-malformed", "tags are not a list");
  for (const Value& one : *value->list()) {
    const Value* name = one.find("name");
    const Value* text = one.find("value");
    if (name == nullptr || name->bytes() == nullptr || text == nullptr || text->bytes() == nullptr)
      return fail(ErrorKind::kInvalid, "outcome-malformed", "a tag is not {name, value}");
    tags.push_back({*name->bytes(), *text->bytes()});
  }
  return tags;
}

const char* kind_name(Outgoing::Kind kind) {
  if (kind == Outgoing::Kind::kSpawn) return "spawn";
  return kind == Outgoing::Kind::kAssignment ? "assignment" : "message";
}

Outgoing::Kind kind_named(BytesView name) {
  if (name == "spawn") return Outgoing::Kind::kSpawn;
  return name == "assignment" ? Outgoing::Kind::kAssignment : Outgoing::Kind::kMessage;
}

Value legacy_message(const Outgoing& outgoing) {
  Map map;
  map.set("Anchor", outgoing.anchor);
  map.set("Data", outgoing.data);
  map.set("Tags", tags_value(outgoing.tags));
  if (outgoing.kind == Outgoing::Kind::kMessage) map.set("Target", outgoing.target);
  return map;
}

}  // namespace

List tags_value(const Tags& tags) {
  List list;
  list.reserve(tags.size());
  for (const Tag& tag : tags)
    list.emplace_back(Map{{"name", tag.name}, {"value", tag.value}});
  return list;
}

Value Outgoing::value() const {
  return Map{{"anchor", anchor},
             {"data", data},
             {"kind", kind_name(kind)},
             {"tags", tags_value(tags)},
             {"target", target}};
}

Result<Outgoing> Outgoing::from(const Value& value) {
  AO_TRY(tags, tags_from(value.find("tags")));
  Outgoing outgoing;
  outgoing.kind = kind_named(value.text("kind"));
  outgoing.target = value.text("target");
  outgoing.anchor = value.text("anchor");
  outgoing.data = value.text("data");
  outgoing.tags = std::move(tags);
  return outgoing;
}

Value Outcome::value() const {
  List sent;
  sent.reserve(outgoing.size());
  for (const Outgoing& one : outgoing)
    sent.push_back(one.value());
  return Map{{"assignments", assignments},
             {"error", error},
             {"gas", static_cast<std::int64_t>(gas_used)},
             {"message", message.bytes()},
             {"outgoing", std::move(sent)},
             {"output", output},
             {"patches", patches},
             {"process", process.bytes()},
             {"slot", static_cast<std::int64_t>(slot.number)}};
}

Result<Outcome> Outcome::from(const Value& value) {
  const auto process = ProcessId::from_bytes(value.text("process"));
  const auto message = MessageId::from_bytes(value.text("message"));
  const Value* slot = value.find("slot");
  const Value* gas = value.find("gas");
  const Value* output = value.find("output");
  const Value* outgoing = value.find("outgoing");
  const Value* assignments = value.find("assignments");
  const Value* patches = value.find("patches");
  const bool complete = process && message && slot && slot->integer() && gas && gas->integer() &&
                        output && outgoing && outgoing->list() && assignments &&
                        assignments->list() && patches && patches->list();
  if (!complete) return fail(ErrorKind::kInvalid, "outcome-malformed", "an outcome lacks a field");

  Outcome outcome;
  outcome.process = *process;
  outcome.message = *message;
  outcome.slot = Slot{static_cast<std::uint64_t>(*slot->integer())};
  outcome.gas_used = static_cast<std::uint64_t>(*gas->integer());
  outcome.output = *output;
  outcome.error = value.text("error");
  outcome.assignments = *assignments->list();
  outcome.patches = *patches->list();
  for (const Value& one : *outgoing->list()) {
    AO_TRY(sent, Outgoing::from(one));
    outcome.outgoing.push_back(std::move(sent));
  }
  return outcome;
}

std::vector<Outgoing> Outcome::assigned() const {
  std::vector<Outgoing> all;
  for (const Value& one : assignments) {
    const BytesView wanted = one.text("message");
    const Value* processes = one.find("processes");
    if (!MessageId::from_text(wanted) || processes == nullptr || processes->list() == nullptr)
      continue;
    for (const Value& named : *processes->list())
      if (named.bytes() != nullptr && ProcessId::from_text(*named.bytes()))
        all.push_back({Outgoing::Kind::kAssignment, *named.bytes(), {}, {}, Bytes(wanted)});
  }
  return all;
}

namespace {

// {Processes, Message}, as legacy processes write them.
List legacy_assignments(const List& assignments) {
  List written;
  for (const Value& one : assignments) {
    Map entry;
    if (const Value* processes = one.find("processes")) entry.set("Processes", *processes);
    if (const Value* message = one.find("message")) entry.set("Message", *message);
    written.push_back(std::move(entry));
  }
  return written;
}

}  // namespace

Value Outcome::legacy() const {
  List messages;
  List spawns;
  for (const Outgoing& one : outgoing)
    (one.kind == Outgoing::Kind::kSpawn ? spawns : messages).push_back(legacy_message(one));
  Map map;
  map.set("Assignments", legacy_assignments(assignments));
  if (!error.empty()) map.set("Error", error);
  map.set("GasUsed", static_cast<std::int64_t>(gas_used));
  map.set("Messages", std::move(messages));
  map.set("Output", output.is_null() ? Value(Map{}) : output);
  map.set("Spawns", std::move(spawns));
  return map;
}

}  // namespace ao::message
