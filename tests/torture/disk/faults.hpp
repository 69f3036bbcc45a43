// Which operation of a disk fails next, how, and how many there were of each kind.
//
// Not thread-safe: guarded by its disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <rocksdb/io_status.h>

#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <string>

namespace ao::test {

enum class Operation {
  kOpen,  // for reading, or to append to a file that is there
  kRead,
  kCreate,
  kAppend,
  kSync,
  kClose,
  kTruncate,
  kRename,
  kRemove,
  kSyncDirectory,
  kMakeDirectory,
  kLook,  // whether there is a file, its size, the names in a directory
};
constexpr std::size_t kOperations = 12;

const char* name_of(Operation operation);

// Whether it can change what a power cut leaves.
bool is_change(Operation operation);

struct Fault {
  enum class Kind {
    kNoSpace,
    kError,
    kSlow,
    kSwallowed,  // it does not take place, and the disk says that it did
  };

  Kind kind = Kind::kError;
  std::set<Operation> operations;  // empty: any
  std::string name_ends_with;      // of the file; empty: any
  std::uint64_t number = 1;        // the first such operation from now on is 1
  bool from_then_on = false;
  std::chrono::milliseconds delay{0};  // of kSlow
};

class Faults {
 public:
  void inject(const Fault& fault);
  void heal() { fault_.reset(); }

  // At the change of this number from now on (1 is the next) the power goes: that one and all that
  // follow fail and leave nothing.
  void cut_power_at(std::uint64_t change) { cut_at_ = changes_ + change; }
  void cut_power() { is_off_ = true; }
  bool is_off() const { return is_off_; }
  const std::string& cut() const { return cut_; }  // where: "append of /store/000004.log"

  // What the operation that begins now comes to.
  struct Fate {
    rocksdb::IOStatus status;
    bool takes_place = true;
    std::chrono::milliseconds delay{0};  // before it takes place
  };
  Fate begin(Operation operation, const std::string& path);
  static rocksdb::IOStatus no_power(const std::string& path);

  std::uint64_t count(Operation operation) const;
  std::uint64_t count() const;  // of all kinds
  std::uint64_t changes() const { return changes_; }
  std::uint64_t hits() const { return hits_; }           // operations that the fault struck
  const std::string& struck() const { return struck_; }  // the first: "sync of /store/000004.log"

 private:
  bool strikes(Operation operation, const std::string& path);

  std::array<std::uint64_t, kOperations> counts_{};
  std::uint64_t changes_ = 0;
  std::optional<std::uint64_t> cut_at_;
  bool is_off_ = false;
  std::string cut_;
  std::optional<Fault> fault_;
  std::uint64_t seen_ = 0;  // operations that the fault is about
  std::uint64_t hits_ = 0;
  std::string struck_;
};

}  // namespace ao::test
