// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/delivery/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ao/message/tick.hpp"

namespace ao::delivery {
namespace {

using message::Definition;
using message::Draft;
using message::Origin;
using message::Outgoing;
using message::OwnItem;
using message::Tags;

// Tags that say who sends: only this node writes them, whatever the process put there.
constexpr std::array<std::string_view, 6> kOurs = {"From-Process", "From-Module", "From-Slot",
                                                   "From-Index",   "Push-Depth",  "Pushed-For"};

// The node's answers come after every entry that the process itself can have in one slot.
constexpr std::uint32_t kAnswerIndexBase = 0x8000'0000;

constexpr std::size_t kErrorTextMax = 512;  // what the tags of an answer have room for

void put_once(Tags& tags, std::string_view name, std::string_view value) {
  if (message::find_tag(tags, name) == nullptr) tags.push_back({Bytes(name), Bytes(value)});
}

Tags tags_for(const Tags& from_process, std::string_view type) {
  Tags tags;
  for (const message::Tag& tag : from_process) {
    const auto is_ours = [&](std::string_view name) { return same_key(tag.name, name); };
    if (std::ranges::none_of(kOurs, is_ours) && !same_key(tag.name, "Type") &&
        !message::is_tick_tag(tag.name))
      tags.push_back(tag);
  }
  put_once(tags, "Data-Protocol", "ao");
  put_once(tags, "Variant", "ao.N.1");
  tags.push_back({"Type", Bytes(type)});
  return tags;
}

void sign_off(Tags& tags, const Origin& origin, std::string_view module, std::uint64_t depth) {
  tags.push_back({"From-Process", origin.process.text()});
  if (!module.empty()) tags.push_back({"From-Module", Bytes(module)});
  tags.push_back({"From-Slot", std::to_string(origin.slot.number)});
  tags.push_back({"From-Index", std::to_string(origin.index)});
  tags.push_back({"Push-Depth", std::to_string(depth)});
}

std::unexpected<Error> malformed(const Origin& origin, std::string_view why) {
  return fail(ErrorKind::kInvalid, "outgoing-malformed",
              fmt::format("entry {} of slot {} of process {} cannot be sent: {}", origin.index,
                          origin.slot.number, origin.process.text(), why));
}

}  // namespace

Result<OwnItem> Courier::message(const Outgoing& outgoing, const Origin& origin,
                                 const Definition& sender, std::uint64_t depth) const {
  const auto target = ProcessId::from_text(outgoing.target);
  if (!target) return malformed(origin, "its target is not an id");
  Draft draft;
  draft.target = target->bytes();
  if (outgoing.anchor.size() == 32) draft.anchor = outgoing.anchor;
  draft.tags = tags_for(outgoing.tags, "Message");
  sign_off(draft.tags, origin, sender.module, depth);
  draft.data = outgoing.data;
  auto item = OwnItem::sign(draft, key_);
  if (!item) return malformed(origin, item.error().text);
  return std::move(*item);
}

Result<OwnItem> Courier::spawn(const Outgoing& outgoing, const Origin& origin,
                               const Definition& sender, std::uint64_t depth) const {
  Draft draft;
  draft.tags = tags_for(outgoing.tags, "Process");
  const std::string self = key_.address().text;
  put_once(draft.tags, "Module", sender.module);
  put_once(draft.tags, "Scheduler", self);
  put_once(draft.tags, "Authority", self);
  sign_off(draft.tags, origin, sender.module, depth);
  draft.data = outgoing.data;
  auto item = OwnItem::sign(draft, key_);
  if (!item) return malformed(origin, item.error().text);
  return std::move(*item);
}

Result<OwnItem> Courier::spawned(const Outgoing& spawn, const Origin& origin,
                                 const Result<ProcessId>& process, std::uint64_t depth) const {
  Draft draft;
  draft.target = origin.process.bytes();
  draft.tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"}, {"Type", "Message"}};
  if (process) {
    draft.tags.push_back({"Action", "Spawned"});
    draft.tags.push_back({"Process", process->text()});
  } else {
    draft.tags.push_back({"Action", "Spawn-Error"});
    draft.tags.push_back({"Error", process.error().text});
  }
  return answer(std::move(draft), spawn, origin, depth);
}

Result<OwnItem> Courier::task_refused(const Outgoing& order, const Origin& origin,
                                      const Error& error, std::uint64_t depth) const {
  Draft draft;
  draft.target = origin.process.bytes();
  draft.tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"}, {"Type", "Message"}};
  draft.tags.push_back({"Action", "Cron-Error"});
  draft.tags.push_back({"Code", Bytes(error.code)});
  draft.tags.push_back({"Error", error.text.substr(0, kErrorTextMax)});
  if (const Bytes* name = message::find_tag(order.tags, "Name"))
    draft.tags.push_back({"Task", name->substr(0, kErrorTextMax)});
  return answer(std::move(draft), order, origin, depth);
}

// Names the entry that it answers, for the process by its reference and for the schedule.
Result<OwnItem> Courier::answer(Draft draft, const Outgoing& asked, const Origin& origin,
                                std::uint64_t depth) const {
  if (const Bytes* reference = message::find_tag(asked.tags, "Reference")) {
    draft.tags.push_back({"Reference", *reference});
    draft.tags.push_back({"X-Reference", *reference});
  }
  const Origin of_answer{origin.process, origin.slot, origin.index | kAnswerIndexBase};
  sign_off(draft.tags, of_answer, {}, depth);
  auto item = OwnItem::sign(draft, key_);
  if (!item) return malformed(origin, item.error().text);
  return std::move(*item);
}

}  // namespace ao::delivery
