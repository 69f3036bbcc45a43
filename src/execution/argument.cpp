// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "argument.hpp"

#include "ao/message/outcome.hpp"

namespace ao::execution {
namespace {

using message::DataItem;
using message::Definition;
using message::List;
using message::Map;
using message::Tags;
using message::tags_value;
using message::Value;

std::string id_text(BytesView bytes) {
  return bytes.empty() ? std::string() : base64url(bytes);
}

Value tag_value(const message::Tag& tag) {
  return Map{{"name", tag.name}, {"value", tag.value}};
}

// Only an authority of the process may say from which process a message comes; what a stranger
// writes there never reaches the Lua code.
bool claims_a_sender(const message::Tag& tag) {
  return tag.name.size() > 5 && same_key(BytesView(tag.name).substr(0, 5), "From-");
}

Map message_facts(const Definition& definition, const DataItem& item) {
  const Address signer = item.signer();
  const bool trusted = definition.trusts(signer);
  const auto sender = trusted ? ProcessId::from_text(item.tag("From-Process")) : std::nullopt;

  List tags;
  tags.reserve(item.tags().size());
  for (const message::Tag& tag : item.tags())
    if (trusted || !claims_a_sender(tag)) tags.push_back(tag_value(tag));

  Map facts;
  facts.set("id", item.id().text());
  facts.set("owner", signer.text);
  facts.set("from", sender ? sender->text() : signer.text);
  if (sender) facts.set("from_process", sender->text());
  facts.set("trusted", trusted);
  facts.set("target", id_text(item.target()));
  facts.set("anchor", Bytes(item.anchor()));
  facts.set("data", Bytes(item.data()));
  facts.set("tags", std::move(tags));
  facts.set("cron", false);
  facts.set("epoch", 0);
  return facts;
}

}  // namespace

Value boot_argument(const Definition& definition, const std::optional<DataItem>& module) {
  Map process;
  process.set("id", definition.id.text());
  process.set("owner", definition.owner.text);
  process.set("tags", tags_value(definition.tags));
  process.set("scheduler", definition.scheduler);
  process.set("module", definition.module);
  List authorities;
  for (const Address& authority : definition.authorities)
    authorities.emplace_back(authority.text);
  process.set("authorities", std::move(authorities));
  if (const Bytes* name = message::find_tag(definition.tags, "Name")) process.set("name", *name);
  if (definition.spawned_by) process.set("from_process", definition.spawned_by->text());

  Map argument;
  argument.set("process", std::move(process));
  if (module) {
    const BytesView name = module->tag("Name");
    Map facts;
    facts.set("id", module->id().text());
    facts.set("owner", module->signer().text);
    facts.set("tags", tags_value(module->tags()));
    facts.set("source", Bytes(module->data()));
    facts.set("name", name.empty() ? module->id().text() : Bytes(name));
    argument.set("module", std::move(facts));
  }
  return argument;
}

Value slot_argument(const Definition& definition, const message::Assignment& assignment) {
  Map facts = message_facts(definition, assignment.body());
  const bool is_process = process_named_by(assignment.body().id()) == definition.id;
  if (is_process) facts.set("from", definition.owner.text);
  facts.set("is_process", is_process);
  facts.set("read_only", false);
  facts.set("slot", static_cast<std::int64_t>(assignment.slot().number));
  const auto time = static_cast<std::int64_t>(assignment.timestamp().milliseconds);
  facts.set("timestamp", time);
  facts.set("block_timestamp", time);
  facts.set("block_height", static_cast<std::int64_t>(assignment.block_height()));
  facts.set("hash_chain", assignment.chain().text());
  return Map{{"message", std::move(facts)}};
}

Value dry_run_argument(const Definition& definition, const DataItem& item, const Tags& more,
                       Timestamp now, Slot next) {
  Map facts = message_facts(definition, item);
  for (const message::Tag& tag : more)
    if (!claims_a_sender(tag)) facts.find("tags")->list()->push_back(tag_value(tag));
  facts.set("is_process", false);
  facts.set("read_only", true);
  facts.set("slot", static_cast<std::int64_t>(next.number));
  const auto time = static_cast<std::int64_t>(now.milliseconds);
  facts.set("timestamp", time);
  facts.set("block_timestamp", time);
  facts.set("block_height", 0);
  facts.set("hash_chain", "");
  return Map{{"message", std::move(facts)}};
}

}  // namespace ao::execution
