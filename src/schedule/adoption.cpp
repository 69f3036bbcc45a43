// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/adoption.hpp"

#include <fmt/format.h>

#include "record.hpp"

namespace ao::schedule {

using message::Assignment;

namespace {

std::unexpected<Error> named(const Assignment& assignment, const Error& error) {
  return fail(error.kind, error.code,
              fmt::format("process {}, slot {}: {}", assignment.process().text(),
                          assignment.slot().number, error.text));
}

}  // namespace

Result<> check_same(const Assignment& here, const Assignment& other) {
  const char* differing = nullptr;
  if (here.item().bytes() != other.item().bytes()) differing = "assignment";
  if (here.body().bytes() != other.body().bytes()) differing = "message";
  if (differing == nullptr) return {};
  return fail(ErrorKind::kConflict, "slot-taken",
              fmt::format("this store has another {} there", differing));
}

Result<> Adoption::turn_to(const ProcessId& process) {
  if (tail_ && tail_->process == process) return {};
  tail_.reset();
  AO_TRY(head, log_.head(process));
  tail_ = Tail{process, head ? head->next : Slot{}, std::nullopt};
  if (head) tail_->last = log_.read(process, Slot{head->next.number - 1});
  return {};
}

Result<bool> Adoption::take(const Assignment& verified, Draft& draft) {
  const Address scheduler = verified.item().signer();
  if (!settings_.schedulers.empty() && !settings_.schedulers.contains(scheduler))
    return named(verified, {ErrorKind::kDenied, "scheduler-foreign",
                            fmt::format("its assignment is signed by {}, which is not this node",
                                        scheduler.text)});
  if (auto turned = turn_to(verified.process()); !turned) return named(verified, turned.error());
  if (verified.slot() < tail_->next) {
    const auto here = log_.read(verified.process(), verified.slot());
    // What was taken a moment ago and is not committed yet is not here to be compared.
    const Assignment& other = here ? *here : *tail_->last;
    if (auto same = check_same(other, verified); !same) return named(verified, same.error());
    return false;
  }
  const Assignment* previous = tail_->last ? &*tail_->last : nullptr;
  if (auto linked = Log::check_link(previous, verified); !linked)
    return named(verified, linked.error());
  draft.entries.push_back(Log::entry_of(verified, Log::twins_of(verified)));
  Log::mark_scheduled(verified.process(), verified.slot(), draft.beside);
  record::index_spawn(verified, draft.beside);
  Log::write_head(verified.process(), Head::after(verified), draft.beside);
  tail_->next = verified.slot().next();
  tail_->last = verified;
  return true;
}

}  // namespace ao::schedule
