// What other nodes of this program ask, and what operators ask about them. A part of Backend.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/follow_state.hpp"
#include "ao/api/submission.hpp"
#include "ao/api/trace.hpp"
#include "ao/async/task.hpp"
#include "ao/message/assignment.hpp"
#include "ao/outbox/dead_letters.hpp"

namespace ao::api {

struct OutcomeDigests {
  Slot from;
  std::vector<Bytes> digests;  // SHA-256 of each outcome, as it is stored
};

class PeerBackend {
 public:
  virtual ~PeerBackend() = default;

  // Messages that another node brings, each to its slot; in their order, with one wait for the
  // disk.
  virtual Task<std::vector<Result<Submitted>>> place_all(std::vector<Upload> uploads) = 0;

  // The signed record of where this node is reached; the answer to another node's note of gossip.
  virtual Bytes location() const = 0;
  virtual Task<Result<Bytes>> gossip(Bytes note, http::Network from) = 0;

  // For who follows a process and has the first `known` slots of it: the last of those, and what is
  // behind it as far as one answer holds. Waits a moment for new ones. Errors: kNotFound
  // "process-unknown".
  virtual Task<Result<std::vector<message::Assignment>>> schedule_behind(ProcessId process,
                                                                         std::uint64_t known) = 0;
  // What tells one outcome from another, from a slot on, or from the first that is kept; at most
  // `count`.
  virtual OutcomeDigests outcome_digests(const ProcessId& process, Slot from,
                                         std::size_t count) const = 0;
  // The processes of other nodes that this one follows.
  virtual std::vector<FollowState> follows() const = 0;

  // Errors: kNotFound "message-unknown".
  virtual Result<Trace> trace(const MessageId& message) const = 0;

  // What was given up on its way to another node, as far as `most`.
  virtual std::vector<outbox::DeadLetter> dead_letters(std::size_t most) const = 0;

  // Sends one once more. `order` is an item that this node's key signed, with the tags Type:
  // Retry, Sender, Slot, Index. Errors: those of admission; "retry-malformed"; kDenied
  // "retry-denied"; kNotFound "dead-letter-unknown".
  virtual Task<Result<>> retry(Upload order) = 0;

  // The signed bytes of a process, message or module, wherever it is. Errors: kNotFound
  // "item-unknown".
  virtual Result<Bytes> item(const MessageId& id) const = 0;
};

}  // namespace ao::api
