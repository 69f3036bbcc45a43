// The accept arrow: bytes ─▶ verification ─▶ schedule ─▶ the slot.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/process/follows.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/schedule.hpp"
#include "metrics.hpp"
#include "provision.hpp"
#include "verification.hpp"

namespace ao::node {

// Where a message got its slot.
struct Placed {
  schedule::Placement placement;
  std::string url;  // of the node that has its process; empty: this one
};

// What is done with a client's message for a process that is not here.
struct Elsewhere {
  std::function<bool(const message::Admitted&)> may_be;  // whether anything is
  std::function<Task<Result<Placed>>(message::Admitted)> bring;
};

class Accept {
 public:
  Accept(Verification& verification, schedule::Schedule& schedule, store::Store& store,
         const process::Records& records, const process::Follows& follows, Provision& provision,
         Metrics& metrics, Elsewhere elsewhere);

  // What this node made. Errors: those of Admission.
  Task<Result<message::Admitted>> admit(Bytes item) { return verification_.admit(std::move(item)); }

  // What a client sent. Errors: also those of Verification.
  Task<Result<message::Admitted>> admit_from_client(api::Upload upload) {
    return verification_.admit_from_client(std::move(upload));
  }

  // What a client sent to be kept. Errors: those of Verification.
  Task<Result<message::Admitted>> accept_from_client(api::Upload upload) {
    return verification_.accept_from_client(std::move(upload));
  }

  // Errors: kUnavailable "disk-low".
  Result<> check_room() const;

  // The signatures of an HTTP request that a client sent. Errors: those of Verification.
  Task<Result<codec::ReadRequest>> read_from_client(codec::Request request, http::Network client) {
    return verification_.read_from_client(std::move(request), client);
  }

  // Errors: also "target-mismatch" when the item is for another process than `expected`,
  // "module-unknown", kUnavailable "disk-low", those of Schedule, and of `Elsewhere`.
  Task<Result<Placed>> schedule(api::Upload upload, std::optional<ProcessId> expected);

  using Placements = std::vector<Result<schedule::Placement>>;

  // What another node brings, messages and spawns: each to its slot, in their order, with one wait
  // for the disk. Behind one that may be taken later none is taken now: it would overtake. Errors:
  // of each, those of schedule and "not-a-message".
  Task<Placements> schedule_all(std::vector<api::Upload> uploads);

  // The same of what this node made; what could not be made keeps its error. Not counted among
  // what is accepted.
  Task<Placements> schedule_own(std::vector<Result<message::OwnItem>> items);

  const process::Follows& follows() const { return follows_; }

  // A message, process or module of this node. Any thread.
  std::optional<message::DataItem> item(const MessageId& id) const;

  // Schedules a message that is on this node for one more process. Errors: those of schedule;
  // kNotFound "item-unknown".
  Task<Result<schedule::Placement>> assign(MessageId message, ProcessId process);

  // Keeps an item that is not scheduled. Errors: also "not-data"; kConflict "message-id-taken" when
  // the id names other bytes.
  Task<Result<MessageId>> keep(api::Upload upload);

 private:
  Task<Result<Placed>> place(api::Upload upload, std::optional<ProcessId> expected);
  bool is_for_elsewhere(const message::Admitted& admitted) const;
  Task<Result<>> provide_module(const message::Admitted& admitted, http::Network client);
  Task<Result<schedule::Placement>> place_assigned(MessageId message, ProcessId process);
  Task<Result<MessageId>> keep_here(api::Upload upload);
  Task<Result<message::Admitted>> admit_brought(api::Upload upload);
  Task<Placements> append(std::vector<Result<message::Admitted>> admitted);
  Result<> check_home(const message::Admitted& admitted) const;
  void count_refusal(const Error& error);

  Verification& verification_;
  schedule::Schedule& schedule_;
  store::Store& store_;
  const process::Records& records_;
  const process::Follows& follows_;
  Provision& provision_;
  Metrics& metrics_;
  Elsewhere elsewhere_;
};

}  // namespace ao::node
