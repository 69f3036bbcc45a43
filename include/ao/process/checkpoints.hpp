// The durable images of processes' states, so that a start goes on near where the last run ended
// instead of at slot 0. A cache: without one, or with one of another build, the schedule is
// replayed.
//
//   m process      → {build, head, next}, as CBOR: the slot that the image expects, whose program
//   can
//                    map it, and what the file needs beside the pages
//   p process page → the 4096 bytes of one page of the state
//
// Written by their differences: a page that did not change since the last checkpoint stays as it
// is. Owned by `node`; any thread. Knows nothing of what the pages mean.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "ao/base/ids.hpp"
#include "ao/store/store.hpp"

namespace ao::process {

struct Checkpoint {
  Slot next;
  Bytes build;
  Bytes head;
};

class Checkpoints {
 public:
  static constexpr std::size_t kPageBytes = 4096;

  explicit Checkpoints(const store::Store& store) : store_(store) {}

  std::optional<Checkpoint> find(const ProcessId& process) const;

  // The processes that have one, in the order of their ids, behind `after`.
  std::vector<ProcessId> processes(const std::optional<ProcessId>& after, std::size_t most) const;

  // In order, until `visit` returns false.
  using VisitPage = std::function<bool(std::uint64_t page, BytesView bytes)>;
  void read_pages(const ProcessId& process, const VisitPage& visit) const;

  static void write(const ProcessId& process, const Checkpoint& checkpoint, store::Batch& batch);
  static void write_page(const ProcessId& process, std::uint64_t page, Bytes bytes,
                         store::Batch& batch);

  // The whole of it.
  void remove(const ProcessId& process, store::Batch& batch) const;

 private:
  const store::Store& store_;
};

}  // namespace ao::process
