// The accept arrow: bytes ─▶ admission ─▶ schedule ─▶ the slot.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "ao/admission/admission.hpp"
#include "ao/async/pool.hpp"
#include "ao/schedule/schedule.hpp"
#include "metrics.hpp"
#include "modules.hpp"

namespace ao::node {

class Accept {
 public:
  Accept(const admission::Admission& admission, schedule::Schedule& schedule, store::Store& store,
         const Modules& modules, async::Pool& cpu, std::size_t verify_queue_max, Metrics& metrics);

  // Decoded and verified on the cpu pool. Errors: those of Admission.
  Task<Result<message::Admitted>> admit(Bytes item);

  // The same for what strangers send. Errors: also kBusy "verify-queue-full".
  Task<Result<message::Admitted>> admit_from_client(Bytes item);

  // Errors: also "target-mismatch" when the item is for another process than `expected`,
  // "module-unknown", and those of Schedule.
  Task<Result<schedule::Placement>> schedule(Bytes item, std::optional<ProcessId> expected);

  // Keeps an item that is not scheduled. Errors: "not-data".
  Task<Result<MessageId>> keep(Bytes item);

 private:
  Task<Result<schedule::Placement>> place(Bytes item, std::optional<ProcessId> expected);

  const admission::Admission& admission_;
  schedule::Schedule& schedule_;
  store::Store& store_;
  const Modules& modules_;
  async::Pool& cpu_;
  std::size_t verify_queue_max_;
  Metrics& metrics_;
  std::atomic<std::size_t> verifying_ = 0;
};

}  // namespace ao::node
