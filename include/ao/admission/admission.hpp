// The door: bytes from anywhere become an `Admitted`, or a reason why not.
//
// Everything that is scheduled comes through here, also what this node pushes to its own processes.
// The order of the checks is the order of their cost: size, form, limits, signature. Pure apart
// from CPU time: called on the verify pool, from any number of threads.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/httpsig.hpp"
#include "ao/message/admitted.hpp"
#include "ao/message/own_item.hpp"

namespace ao::admission {

struct Settings {
  std::size_t data_bytes_max = 10 << 20;  // of the data field; "data-too-large"
};

class Admission {
 public:
  // `self` is this node's own address: what it signs may name the outbox entry it stands for.
  Admission(const Settings& settings, Address self);

  // Errors: those of DataItem::parse and codec::verify_item; "data-too-large";
  // "process-malformed" for a spawn that lacks what every process needs; "tag-duplicate" when a
  // tag that this node reads stands twice.
  Result<message::Admitted> admit(Bytes bytes) const;

  // What a signed HTTP request asks to be scheduled. Errors: those of codec::enclose, and as above.
  Result<message::Admitted> admit(const codec::Request& request, Timestamp now) const;

  // What this node signed, so that nothing of it is left to be verified. Errors: those that say
  // what an item of this node may not be.
  Result<message::Admitted> admit(message::OwnItem item) const;

  // An item for a process that it was not sent to. Errors: as above; "process-malformed" for a
  // spawn, which starts a process of its own.
  Result<message::Admitted> assign(Bytes bytes, const ProcessId& process) const;

 private:
  Result<message::Admitted::Kind> kind_of(const message::DataItem& item) const;
  message::Admitted verified(message::Admitted::Kind kind, message::DataItem item) const;

  Settings settings_;
  Address self_;
};

}  // namespace ao::admission
