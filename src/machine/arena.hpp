// A region of memory at an address derived from a name, with one savepoint.
//
// The region is a private mapping over a file that holds the savepoint, so the pages that differ
// from it are exactly the private ones. Beyond the savepoint's end it is anonymous memory. After a
// commit the file holds the whole state, and mapping it again is all that it takes to go on.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "ao/base/bytes.hpp"

namespace ao::machine {

class Arena {
 public:
  static constexpr std::uint64_t kBytes = std::uint64_t{1} << 30;
  static constexpr std::uint64_t kPageBytes = 4096;

  // How to find the pages that changed: sandboxes may hide the page map.
  enum class Finding { kPageMap, kComparison };

  // Opens the page map, which a sandbox would refuse later.
  static void prepare() { page_map(); }

  // The savepoint is kept in `file`, an empty one, which is closed with the arena; kInMemory takes
  // one without a name. Errors: kBusy "arena-taken", kUnavailable "arena-refused".
  static constexpr int kInMemory = -1;
  static Result<std::unique_ptr<Arena>> create(BytesView name, Finding finding,
                                               int file = kInMemory);

  // As it was when the first `savepoint_bytes` of the file were committed. The same errors.
  static Result<std::unique_ptr<Arena>> map(BytesView name, Finding finding, int file,
                                            std::uint64_t savepoint_bytes);

  // Whether two names have the same address.
  static bool share_an_address(BytesView name, BytesView other);

  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Pages that follow each other.
  struct Run {
    std::uint64_t first_page;
    std::uint64_t pages;
  };

  char* base() const { return base_; }

  std::uint64_t savepoint_bytes() const { return savepoint_bytes_; }
  int file() const { return savepoint_; }

  // Both concern the first `used_bytes`; what lies beyond was never touched. `commit` throws
  // std::runtime_error when the file takes no more: the arena is of no use then.
  void commit(std::uint64_t used_bytes);
  void rollback(std::uint64_t used_bytes);

  // The pages of the file that commits changed since they were forgotten; at first, all of them.
  std::vector<Run> written() const;
  void forget_written() { written_.clear(); }
  void set_written(const std::vector<Run>& runs);

 private:
  Arena(char* base, int savepoint, Finding finding)
      : base_(base), savepoint_(savepoint), finding_(finding) {}

  static int page_map();  // /proc/self/pagemap, or -1 where it is hidden

  void find_changed(std::uint64_t pages);
  void find_changed_by_page_map(std::uint64_t pages);
  void find_changed_by_comparison(std::uint64_t pages);
  void add_changed(std::uint64_t page);
  bool take_back(const Run& run);  // false: nothing was done
  void map_saved();
  void unmap_saved();
  void forget_changed(std::uint64_t first_page, std::uint64_t pages);
  void extend_savepoint(std::uint64_t used_bytes);
  void map_savepoint(std::uint64_t bytes);
  void mark_written(const Run& run);
  static Result<char*> reserve(BytesView name);

  char* base_;
  int savepoint_;  // its file
  Finding finding_;
  std::uint64_t savepoint_bytes_ = 0;  // of the region, mapped over the memfd
  const char* saved_ = nullptr;        // the savepoint to read, from the first rollback on
  std::uint64_t saved_bytes_ = 0;
  std::vector<Run> changed_;   // scratch, kept for its capacity
  std::vector<bool> written_;  // by page; see take_written
  std::vector<std::uint64_t> entries_;
};

}  // namespace ao::machine
