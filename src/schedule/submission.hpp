// What somebody waits to see scheduled, spread over the shards that it belongs to: messages to be
// ordered, or assignments that another node made.
//
// Owned by its parts together. Each index is one writer's; the last part to be settled wakes the
// waiter.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "ao/schedule/schedule.hpp"

namespace ao::schedule {

struct Submission {
  std::vector<message::Admitted> admitted;
  std::vector<message::Assignment> adopted;   // or these
  std::vector<Result<Placement>> placements;  // in their order
  std::atomic<std::size_t> parts_left = 0;
  std::move_only_function<void()> done;

  void part_settled() {
    if (--parts_left == 0) done();
  }
};

// What one shard has to place of a submission.
struct Part {
  std::shared_ptr<Submission> submission;
  std::vector<std::size_t> indices;

  std::size_t size() const { return indices.size(); }
};

}  // namespace ao::schedule
