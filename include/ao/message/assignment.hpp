// A message in its place: the slot of its process, chained to the one before and signed.
//
// An assignment is itself an ANS-104 data item, signed by the scheduler, without data; its tags are
// Data-Protocol, Variant, Type=Assignment, Process, Epoch, Slot, Nonce (the same number, for older
// readers), Message, Timestamp, Block-Height and Hash-Chain:
//
//   chain[0] = SHA-256(process id)       chain[n] = SHA-256(assignment id[n-1] + chain[n-1])
//
// so that anyone who has the items can verify order and completeness. Only `schedule` makes one.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/clock.hpp"
#include "ao/message/data_item.hpp"

namespace ao::schedule {
class Log;
}

namespace ao::message {

class Assignment {
 public:
  const ProcessId& process() const { return process_; }
  Slot slot() const { return slot_; }
  Timestamp timestamp() const { return timestamp_; }
  std::uint64_t block_height() const { return block_height_; }
  const ChainHash& chain() const { return chain_; }
  AssignmentId id() const { return AssignmentId::same_bytes_as(item_.id()); }
  const DataItem& item() const { return item_; }  // the assignment
  const DataItem& body() const { return body_; }  // the message

 private:
  friend class ao::schedule::Log;
  Assignment(DataItem item, DataItem body) : item_(std::move(item)), body_(std::move(body)) {}

  ProcessId process_;
  Slot slot_;
  Timestamp timestamp_;
  std::uint64_t block_height_ = 0;
  ChainHash chain_;
  DataItem item_;
  DataItem body_;
};

}  // namespace ao::message
