// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/finding.hpp"

namespace ao {

std::string Finding::text() const {
  std::string place;
  if (process) place += "process " + process->text();
  if (slot) place += ", slot " + std::to_string(slot->number);
  return place.empty() ? what : place + ": " + what;
}

void Findings::keep(Finding finding) {
  ++count_;
  if (kept_.size() < kept_max_) kept_.push_back(std::move(finding));
}

void Findings::add(std::string what) {
  keep({std::nullopt, std::nullopt, std::move(what)});
}

void Findings::add(const ProcessId& process, std::string what) {
  keep({process, std::nullopt, std::move(what)});
}

void Findings::add(const ProcessId& process, Slot slot, std::string what) {
  keep({process, slot, std::move(what)});
}

void Findings::add(Findings others) {
  const std::uint64_t total = count_ + others.count_;
  for (Finding& finding : others.kept_)
    keep(std::move(finding));
  count_ = total;
}

}  // namespace ao
