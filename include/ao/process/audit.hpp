// Proves what is stored of processes beside their schedules: outcomes, cursors, visible state, and
// items that are not scheduled.
//
// Each function looks at one piece and may run beside the others, on any thread. Reads only. A read
// that fails throws, as the store does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/base/finding.hpp"
#include "ao/process/records.hpp"

namespace ao::process {

class Audit {
 public:
  explicit Audit(const store::Store& store) : store_(store), records_(store) {}

  // The outcomes, as far as they are kept, of the slots from `from` on, which hold these messages
  // (nullopt: unknown).
  void check_outcomes(const ProcessId& process, Slot from,
                      std::span<const std::optional<MessageId>> messages, Findings& findings) const;

  // That the cursor is no further than the schedule, that no outcome lies at it or behind, and none
  // before the first that is kept.
  void check_cursor(const ProcessId& process, std::uint64_t scheduled, Findings& findings) const;

  // That every leaf has a path and a value, and that none lies below another; and that what slots
  // found there has a path, a value and a slot that was evaluated.
  void check_visible_state(const ProcessId& process, Findings& findings) const;
  void check_past_state(const ProcessId& process, Findings& findings) const;

  // The items whose ids begin with this byte: form, key, and with `signatures` those. Returns how
  // many there are.
  std::uint64_t check_items(unsigned char first_byte, bool signatures, Findings& findings) const;

 private:
  const store::Store& store_;
  Records records_;
};

}  // namespace ao::process
