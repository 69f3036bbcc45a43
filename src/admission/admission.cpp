// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/admission/admission.hpp"

#include <fmt/format.h>

#include <array>

#include "ao/codec/enclosed.hpp"

namespace ao::admission {
namespace {

using message::Admitted;
using message::DataItem;

// Clients that sign HTTP fields leave the module out when they only want a schedule.
Result<> check_spawn(const DataItem& item) {
  for (const std::string_view name : {"Module", "Scheduler"})
    if (item.tag(name).empty() && !(item.is_enclosed() && name == "Module"))
      return fail(ErrorKind::kInvalid, "process-malformed",
                  fmt::format("a message of Type Process needs a tag {}", name));
  return {};
}

// The tags that this node reads. ANS-104 lets a tag repeat, and leaves open which one counts: an
// item in which one of these stands twice would be one message here and another elsewhere. All
// other tags, Authority and Cron-Interval among them, may repeat.
constexpr std::array<std::string_view, 14> kSingleTags = {
    "Data-Protocol", "Variant",     "Type",      "Module",     "Scheduler",
    "From-Process",  "From-Module", "From-Slot", "From-Index", "Push-Depth",
    "Cron",          "Cron-Task",   "Cron-Time", "Name"};
constexpr std::size_t kOfMessages = kSingleTags.size() - 1;  // a message may have many a Name

Result<> check_single_tags(const message::Tags& tags, bool is_message) {
  const std::size_t count = is_message ? kOfMessages : kSingleTags.size();
  std::array<std::size_t, kSingleTags.size()> first_at{};  // counted from 1
  for (std::size_t i = 0; i < tags.size(); ++i) {
    std::size_t which = 0;
    while (which < count && !same_key(tags[i].name, kSingleTags[which]))
      ++which;
    if (which == count) continue;
    if (first_at[which] != 0)
      return fail(ErrorKind::kInvalid, "tag-duplicate",
                  fmt::format("tags {} and {} are both named {}, which may stand once",
                              first_at[which], i + 1, kSingleTags[which]));
    first_at[which] = i + 1;
  }
  return {};
}

}  // namespace

Admission::Admission(const Settings& settings, Address self)
    : settings_(settings), self_(std::move(self)) {}

Result<Admitted> Admission::admit(Bytes bytes) const {
  AO_TRY(item, DataItem::parse(std::move(bytes)));
  AO_TRY(kind, kind_of(item));
  AO_CHECK(codec::verify_item(item));
  return verified(kind, std::move(item));
}

Result<Admitted> Admission::admit(const codec::Request& request, Timestamp now) const {
  AO_TRY(item, codec::enclose(request, now));
  AO_TRY(kind, kind_of(item));
  return verified(kind, std::move(item));
}

Result<Admitted> Admission::admit(message::OwnItem item) const {
  AO_TRY(kind, kind_of(item));
  return verified(kind, std::move(item));
}

Result<Admitted> Admission::assign(Bytes bytes, const ProcessId& process) const {
  AO_TRY(admitted, admit(std::move(bytes)));
  if (admitted.kind() == Admitted::Kind::kSpawn)
    return fail(ErrorKind::kInvalid, "process-malformed",
                "a process cannot be assigned to another: it has a schedule of its own");
  admitted.is_assigned_ = admitted.kind() == Admitted::Kind::kData || admitted.process_ != process;
  admitted.kind_ = Admitted::Kind::kMessage;
  admitted.process_ = process;
  if (admitted.is_assigned_) {
    admitted.origin_.reset();
    admitted.tick_.reset();
  }
  return admitted;
}

// What is cheaper to tell than whether a signature holds.
Result<Admitted::Kind> Admission::kind_of(const DataItem& item) const {
  if (item.data().size() > settings_.data_bytes_max)
    return fail(ErrorKind::kTooLarge, "data-too-large",
                fmt::format("the data has {} bytes, the limit is {}", item.data().size(),
                            settings_.data_bytes_max));
  const bool is_spawn = item.tag("Type") == "Process";
  const bool is_message = !is_spawn && !item.target().empty();
  AO_CHECK(check_single_tags(item.tags(), is_message));
  if (is_spawn) AO_CHECK(check_spawn(item));
  return is_spawn     ? Admitted::Kind::kSpawn
         : is_message ? Admitted::Kind::kMessage
                      : Admitted::Kind::kData;
}

Admitted Admission::verified(Admitted::Kind kind, DataItem item) const {
  Admitted admitted(kind, std::move(item));
  admitted.signer_ = admitted.item_.signer();
  if (kind == Admitted::Kind::kSpawn) admitted.process_ = process_named_by(admitted.id());
  if (kind != Admitted::Kind::kMessage) return admitted;
  admitted.process_ = *ProcessId::from_bytes(admitted.item_.target());
  if (admitted.signer_ != self_) return admitted;
  admitted.origin_ = message::claimed_origin(admitted.item_);
  admitted.tick_ = message::claimed_tick(admitted.item_);
  return admitted;
}

}  // namespace ao::admission
