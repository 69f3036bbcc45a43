// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/disk/faults.hpp"

#include <fmt/format.h>

#include <numeric>

namespace ao::test {

using rocksdb::IOStatus;

const char* name_of(Operation operation) {
  static constexpr std::array<const char*, kOperations> kNames{"open",
                                                               "read",
                                                               "creation",
                                                               "append",
                                                               "sync",
                                                               "close",
                                                               "cut",
                                                               "rename",
                                                               "removal",
                                                               "sync of directory",
                                                               "making of directory",
                                                               "look"};
  return kNames[static_cast<std::size_t>(operation)];
}

bool is_change(Operation operation) {
  return operation != Operation::kOpen && operation != Operation::kRead &&
         operation != Operation::kClose && operation != Operation::kLook;
}

void Faults::inject(const Fault& fault) {
  fault_ = fault;
  seen_ = 0;
  hits_ = 0;
  struck_.clear();
}

bool Faults::strikes(Operation operation, const std::string& path) {
  if (!fault_ || !path.ends_with(fault_->name_ends_with)) return false;
  if (!fault_->operations.empty() && !fault_->operations.contains(operation)) return false;
  ++seen_;
  return fault_->from_then_on ? seen_ >= fault_->number : seen_ == fault_->number;
}

IOStatus Faults::no_power(const std::string& path) {
  return IOStatus::IOError(path, "the power is off");
}

Faults::Fate Faults::begin(Operation operation, const std::string& path) {
  if (!is_off_ && is_change(operation) && cut_at_ == ++changes_) {
    is_off_ = true;
    cut_ = fmt::format("{} of {}", name_of(operation), path);
  }
  if (is_off_) return {no_power(path), false};
  ++counts_[static_cast<std::size_t>(operation)];
  if (!strikes(operation, path)) return {IOStatus::OK()};
  if (++hits_ == 1) struck_ = fmt::format("{} of {}", name_of(operation), path);
  const std::string what = fmt::format("injected fault at the {} of {}", name_of(operation), path);
  switch (fault_->kind) {
    case Fault::Kind::kSlow:
      return {IOStatus::OK(), true, fault_->delay};
    case Fault::Kind::kSwallowed:
      return {IOStatus::OK(), false};
    case Fault::Kind::kError:
      return {IOStatus::IOError(what, "Input/output error"), false};
    case Fault::Kind::kNoSpace:
      break;
  }
  IOStatus full = IOStatus::NoSpace(what, "No space left on device");
  full.SetRetryable(true);  // as RocksDB's own file system says of ENOSPC
  return {full, false};
}

std::uint64_t Faults::count(Operation operation) const {
  return counts_[static_cast<std::size_t>(operation)];
}

std::uint64_t Faults::count() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

}  // namespace ao::test
