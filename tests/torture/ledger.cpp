// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::test {

Ledger::Ledger(const MessagePool& pool)
    : pool_(pool), entries_(pool.size()), evaluations_(pool.processes().size()) {}

Ledger::Ledger(const Ledger& other) : pool_(other.pool_) {
  const std::lock_guard lock(other.mutex_);
  entries_ = other.entries_;
  evaluations_ = other.evaluations_;
  complaints_ = other.complaints_;
  promises_ = other.promises_;
}

void Ledger::sending(std::size_t index) {
  const std::lock_guard lock(mutex_);
  entries_[index].sent = true;
}

std::size_t Ledger::number_of(const ProcessId& process) const {
  const auto& all = pool_.processes();
  return static_cast<std::size_t>(std::ranges::find(all, process) - all.begin());
}

void Ledger::keep(std::size_t index, Slot slot) {
  entries_[index].slot = slot;
  auto& scheduled = evaluations_[number_of(pool_[index].process())].scheduled;
  if (scheduled.size() <= slot.number) scheduled.resize(slot.number + 1);
  scheduled[slot.number] = true;
}

void Ledger::promised(std::size_t index, const schedule::Placement& placement) {
  const std::lock_guard lock(mutex_);
  Entry& entry = entries_[index];
  const message::Admitted& message = pool_[index];
  if (placement.message != message.id() || placement.process != message.process())
    complaints_.push_back(
        fmt::format("the placement of {} names another message", message.id().text()));
  if (entry.slot && *entry.slot != placement.slot)
    complaints_.push_back(fmt::format("message {} is at slot {} and was given slot {}",
                                      message.id().text(), entry.slot->number,
                                      placement.slot.number));
  if (entry.placed && placement.is_new)
    complaints_.push_back(
        fmt::format("message {} was scheduled a second time", message.id().text()));
  entry.placed |= placement.is_new;
  if (!entry.slot) ++promises_;
  keep(index, placement.slot);
}

void Ledger::found(std::size_t index, Slot slot) {
  const std::lock_guard lock(mutex_);
  entries_[index].placed = true;
  keep(index, slot);
}

bool Ledger::was_sent(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return entries_[index].sent;
}

std::optional<Slot> Ledger::promise(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return entries_[index].slot;
}

std::size_t Ledger::promises() const {
  const std::lock_guard lock(mutex_);
  return promises_;
}

std::optional<Ledger::Range> Ledger::begin_outcomes(std::size_t process) {
  const std::lock_guard lock(mutex_);
  Evaluation& evaluation = evaluations_[process];
  if (evaluation.busy) return std::nullopt;
  Range range{evaluation.evaluated.promised, evaluation.evaluated.promised};
  while (range.end < evaluation.scheduled.size() && evaluation.scheduled[range.end])
    ++range.end;
  if (range.end == range.begin) return std::nullopt;
  evaluation.busy = true;
  evaluation.evaluated.attempted.insert(range.end);
  return range;
}

void Ledger::end_outcomes(std::size_t process, const Range& range, bool promised) {
  const std::lock_guard lock(mutex_);
  Evaluation& evaluation = evaluations_[process];
  evaluation.busy = false;
  if (promised) evaluation.evaluated = Evaluated{range.end, {}};
}

Ledger::Evaluated Ledger::evaluated(std::size_t process) const {
  const std::lock_guard lock(mutex_);
  return evaluations_[process].evaluated;
}

void Ledger::found_cursor(std::size_t process, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  evaluations_[process].evaluated = Evaluated{count, {}};
}

std::vector<std::string> Ledger::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

}  // namespace ao::test
