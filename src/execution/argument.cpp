// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "argument.hpp"

#include "ao/machine/packed_texts.hpp"
#include "ao/message/outcome.hpp"
#include "ao/message/tick.hpp"

namespace ao::execution {
namespace {

using message::DataItem;
using message::Definition;
using message::List;
using message::Map;
using message::Tags;
using message::tags_value;
using message::Value;

constexpr std::size_t kTagBytesAtFirst = 512;

std::string id_text(BytesView bytes) {
  return bytes.empty() ? std::string() : base64url(bytes);
}

// Only an authority of the process may say from which process a message comes; what a stranger
// writes there never reaches the Lua code.
bool claims_a_sender(const message::Tag& tag) {
  return tag.name.size() > 5 && same_key(BytesView(tag.name).substr(0, 5), "From-");
}

// Ticks come from whoever orders the process's messages, or may speak for others to it; one that
// was meant for another process is none here.
bool is_tick(const Definition& definition, const DataItem& item, const Address& signer) {
  return item.tag("Cron") == "true" && item.target() == definition.id.bytes() &&
         (signer.text == definition.scheduler || definition.trusts(signer));
}

// What surrounds a message where it is evaluated.
struct Place {
  Slot slot;
  Timestamp time;
  message::Block block;
  Bytes hash_chain;
  bool is_process;
  bool read_only;
};

// The block's, in seconds, or else that of the message in the same unit; of a schedule that follows
// no chain the message's in milliseconds, as it was before schedules named blocks.
std::uint64_t block_time(const Place& place) {
  if (place.block.timestamp != 0) return place.block.timestamp;
  return place.block.height == 0 ? place.time.milliseconds : place.time.milliseconds / 1'000;
}

// A list in the order that runtime/message.lua names: a map would cost each message its keys.
Value facts_of(const Definition& definition, Place place, const DataItem& item, const Tags& more,
               const std::optional<message::Claim>& claim = std::nullopt) {
  const Address signer = claim ? Address{claim->owner} : item.signer();
  const bool trusted = definition.trusts(signer);
  const bool cron = !place.read_only && is_tick(definition, item, signer);
  const auto sender =
      trusted && !cron ? ProcessId::from_text(item.tag("From-Process")) : std::nullopt;

  Bytes tags;
  tags.reserve(kTagBytesAtFirst);
  const auto add = [&tags](const message::Tag& tag) {
    machine::add_packed_text(tags, tag.name);
    machine::add_packed_text(tags, tag.value);
  };
  for (const message::Tag& tag : item.tags())
    if ((trusted || !claims_a_sender(tag)) && (cron || !message::is_tick_tag(tag.name))) add(tag);
  for (const message::Tag& tag : more)
    if (!claims_a_sender(tag) && !message::is_tick_tag(tag.name)) add(tag);

  List facts;
  facts.reserve(17);
  facts.emplace_back(static_cast<std::int64_t>(place.slot.number));
  facts.emplace_back(static_cast<std::int64_t>(place.time.milliseconds));
  facts.emplace_back(static_cast<std::int64_t>(place.block.height));
  facts.emplace_back(static_cast<std::int64_t>(block_time(place)));
  facts.emplace_back(std::move(place.hash_chain));
  facts.emplace_back(place.is_process);
  facts.emplace_back(place.read_only);
  facts.emplace_back(trusted);
  facts.emplace_back(claim ? claim->id : item.id().text());
  facts.emplace_back(signer.text);
  if (place.is_process || cron) {
    facts.emplace_back(definition.owner.text);
  } else if (claim) {
    facts.emplace_back(claim->from);
  } else {
    facts.emplace_back(sender ? sender->text() : signer.text);
  }
  facts.push_back(sender ? Value(sender->text()) : Value());
  facts.emplace_back(id_text(item.target()));
  facts.emplace_back(claim ? claim->anchor : Bytes(item.anchor()));
  facts.emplace_back(item.data());
  facts.emplace_back(std::move(tags));
  facts.emplace_back(cron);
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
  const DataItem& body = assignment.body();
  return facts_of(definition,
                  {.slot = assignment.slot(),
                   .time = assignment.timestamp(),
                   .block = assignment.block(),
                   .hash_chain = assignment.chain().text(),
                   .is_process = process_named_by(body.id()) == definition.id,
                   .read_only = false},
                  body, {});
}

Value dry_run_argument(const Definition& definition, const message::Trial& trial, Timestamp now,
                       Slot next) {
  return facts_of(definition,
                  {.slot = next,
                   .time = now,
                   .block = trial.block,
                   .hash_chain = {},
                   .is_process = false,
                   .read_only = true},
                  trial.message, trial.more, trial.claim);
}

}  // namespace ao::execution
