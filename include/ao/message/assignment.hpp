// A message in its place: the slot of its process, chained to the one before and signed.
//
// An assignment is itself an ANS-104 data item, signed by the scheduler, without data; its tags are
// Data-Protocol, Variant, Type=Assignment, Process, Epoch, Slot, Nonce (the same number, for older
// readers), Message, Timestamp, Block-Height and Hash-Chain; Block-Hash and Block-Timestamp, in
// seconds, where the scheduler knew the block of that height, the network's last; and Assigned=true
// when the message was sent to another process, and is assigned to this one too:
//
//   chain[0] = SHA-256(process id)       chain[n] = SHA-256(assignment id[n-1] + chain[n-1])
//
// so that anyone who has the items can verify order and completeness. `schedule` makes the items.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/clock.hpp"
#include "ao/message/block.hpp"
#include "ao/message/data_item.hpp"

namespace ao::message {

class Assignment {
 public:
  // Of its two items. Checks the form and that they belong together, not the signatures.
  // Errors: "assignment-malformed".
  static Result<Assignment> recognise(DataItem assignment, DataItem message);

  const ProcessId& process() const { return process_; }
  Slot slot() const { return slot_; }
  Timestamp timestamp() const { return timestamp_; }
  std::uint64_t block_height() const { return block_.height; }  // 0: no chain was followed
  const Block& block() const { return block_; }
  const ChainHash& chain() const { return chain_; }
  AssignmentId id() const { return AssignmentId::same_bytes_as(item_.id()); }
  const DataItem& item() const { return item_; }  // the assignment
  const DataItem& body() const { return body_; }  // the message

 private:
  Assignment(DataItem item, DataItem body) : item_(std::move(item)), body_(std::move(body)) {}

  ProcessId process_;
  Slot slot_;
  Timestamp timestamp_;
  Block block_;
  ChainHash chain_;
  DataItem item_;
  DataItem body_;
};

}  // namespace ao::message
