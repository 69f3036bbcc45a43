// What one append to a shard is to write, and what is found again in it before it is durable.
//
// Owned by its shard's writer, used on its strand. The messages are those of its parts.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "submission.hpp"

namespace ao::schedule {

class Draft {
 public:
  explicit Draft(std::vector<Part> parts) : parts_(std::move(parts)) {}

  const std::vector<Part>& parts() const { return parts_; }
  std::size_t size() const { return entries_.size(); }

  // Where the process stands after what was placed here; nullptr when it is not known here.
  Head* head(const ProcessId& process);
  Head& set_head(const ProcessId& process, const Head& head) {
    return heads_.insert_or_assign(process, head).first->second;
  }

  // Signs the next assignment behind `head`, which is one of this draft's.
  Placement place(const message::Admitted& admitted, const std::vector<Bytes>& twins, Head& head,
                  Timestamp now, const crypto::Key& key, const message::Block& last);

  // Puts another node's assignment behind `head`, which is one of this draft's.
  Placement adopt(const message::Assignment& assignment, Head& head);

  // What was placed here under this id; nullptr when nothing was.
  const Placement* find(const MessageId& message) const;
  const message::Admitted& admitted(const MessageId& message) const {
    return *admitted_.at(message);
  }
  const Placement* find_twin(const ProcessId& process, BytesView twin) const;

  // Ends the draft: what is to be appended, and the heads that it moves.
  std::vector<store::Entry> take_entries() { return std::move(entries_); }
  store::Batch take_beside();
  std::vector<std::pair<ProcessId, Head>> moved() const;

  // The error of all that were placed; who could not be placed has an error of his own.
  void refuse_placed(const Error& error) const;
  // Of all, placed or not: nobody knows where they would go.
  void refuse(const Error& error) const;
  void settle() const;  // wakes who waits

 private:
  static Bytes twin_key(const ProcessId& process, BytesView twin) {
    return Bytes(process.bytes()) + Bytes(twin);
  }

  std::vector<Part> parts_;
  std::vector<store::Entry> entries_;
  store::Batch beside_;
  std::unordered_map<MessageId, Placement> placed_;
  std::unordered_map<MessageId, const message::Admitted*> admitted_;
  std::unordered_map<Bytes, Placement> twins_;  // by process and twin
  std::unordered_map<ProcessId, Head> heads_;   // after what was placed
  std::unordered_set<ProcessId> moved_;         // whose head is another than before
};

}  // namespace ao::schedule
