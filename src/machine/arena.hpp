// A region of memory at an address derived from a name, with one savepoint.
//
// The region is a private mapping over a memfd that holds the savepoint, so the pages that differ
// from it are exactly the private ones. Beyond the savepoint's end it is anonymous memory.
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

  // Errors: kBusy "arena-taken", kUnavailable "arena-refused".
  static Result<std::unique_ptr<Arena>> create(BytesView name, Finding finding);

  // Whether two names have the same address.
  static bool share_an_address(BytesView name, BytesView other);

  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  char* base() const { return base_; }

  // Both concern the first `used_bytes`; what lies beyond was never touched.
  void commit(std::uint64_t used_bytes);
  void rollback(std::uint64_t used_bytes);

 private:
  struct Run {
    std::uint64_t first_page;
    std::uint64_t pages;
  };

  Arena(char* base, int savepoint, Finding finding)
      : base_(base), savepoint_(savepoint), finding_(finding) {}

  static int page_map();  // /proc/self/pagemap, or -1 where it is hidden

  void find_changed(std::uint64_t pages);
  void find_changed_by_page_map(std::uint64_t pages);
  void find_changed_by_comparison(std::uint64_t pages);
  void add_changed(std::uint64_t page);
  void forget_changed(std::uint64_t first_page, std::uint64_t pages);
  void extend_savepoint(std::uint64_t used_bytes);

  char* base_;
  int savepoint_;                      // memfd
  Finding finding_;
  std::uint64_t savepoint_bytes_ = 0;  // of the region, mapped over the memfd
  std::vector<Run> changed_;           // scratch, kept for its capacity
  std::vector<std::uint64_t> entries_;
};

}  // namespace ao::machine
