// What the routes ask of the node about settlement: a part of its Backend.
//
// Every function may be called from any executor of the net pool, and never blocks it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/submission.hpp"
#include "ao/async/task.hpp"
#include "ao/settlement/summary.hpp"

namespace ao::api {

class SettlementSource {
 public:
  virtual ~SettlementSource() = default;

  virtual settlement::Summary settlement() const = 0;

  // How far a message or item is. Errors: kNotFound "item-unknown".
  virtual Result<settlement::Place> settlement_place(const MessageId& id) const = 0;

  // Those that are not confirmed, or all from a number on; in their order.
  virtual std::vector<settlement::Record> settlement_bundles(std::optional<std::uint64_t> from,
                                                             std::size_t most) const = 0;

  // The slots of the process before this one are confirmed.
  virtual Slot settled_before(const ProcessId& process) const = 0;

  // `order` is an item that this node's key signed, with the tags Type: Retry and Bundle, a number
  // or "all". Errors: those of admission; "retry-malformed"; kDenied "retry-denied";
  // "bundle-unknown", "bundle-confirmed", "settlement-off".
  virtual Task<Result<>> retry_settlement(Upload order) = 0;
};

}  // namespace ao::api
