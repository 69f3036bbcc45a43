// Proves what is stored of schedules: every record, link, signature and index entry.
//
// Each function looks at one piece and may run beside the others, on any thread; the findings say
// what is wrong, in words for an operator. Reads only. A read that fails throws, as the store does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <span>

#include "ao/base/finding.hpp"
#include "ao/schedule/log.hpp"

namespace ao::schedule {

struct AuditSettings {
  bool signatures = true;        // false: forms, links and indexes alone, which is far quicker
  std::set<Address> schedulers;  // who may have signed assignments; empty: anyone
  // Processes of other nodes, followed here: of those that node alone.
  std::map<ProcessId, Address> followed = {};
};

class Audit {
 public:
  Audit(const store::Store& store, AuditSettings settings)
      : store_(store), log_(store), settings_(std::move(settings)) {}

  // Slots [from, end) of the log, and that each is found by its message and by its twins. Returns
  // the messages found; nullopt where the record is missing or unreadable.
  std::vector<std::optional<MessageId>> check_slots(const ProcessId& process, Slot from, Slot end,
                                                    Findings& findings) const;

  // That the head is that of the last record, and that nothing lies behind it.
  void check_head(const ProcessId& process, Findings& findings) const;

  // That exactly the slots from `evaluated` to `end` are marked as unevaluated.
  void check_unevaluated(const ProcessId& process, Slot evaluated, Slot end,
                         Findings& findings) const;

  // Table `x` of one process: that each entry names the slot of a message that has this twin.
  void check_twins(const ProcessId& process, Findings& findings) const;

  // The log of a shard (`l`, `s`): every slot of its `processes`, each once and in order, and
  // nothing else.
  void check_shard(store::Shard shard, std::span<const ProcessId> processes,
                   Findings& findings) const;

  // Table `i`, of the messages whose ids begin with this byte: that each entry names a slot that
  // holds the message.
  void check_index(unsigned char first_byte, Findings& findings) const;

 private:
  std::optional<message::Assignment> recognised(const ProcessId& process, Slot slot,
                                                Findings& findings) const;
  void check_signatures(const message::Assignment& assignment, Findings& findings) const;
  void check_entries(const message::Assignment& assignment, Findings& findings) const;

  const store::Store& store_;
  Log log_;
  AuditSettings settings_;
};

}  // namespace ao::schedule
