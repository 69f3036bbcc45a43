// The node's message, and how its operator changes it while it runs (docs/node_message.md). A part
// of Backend; any executor of the net pool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ao/async/task.hpp"
#include "ao/message/value.hpp"

namespace ao::api {

// What an operator may say anew of payment.
struct PaymentTerms {
  std::uint64_t price = 0;         // of each message of a request
  std::vector<std::string> allow;  // addresses
};

// What the operator signed; `commitment` is the id of that signature.
struct InfoOrder {
  message::Map said;
  Address by;
  MessageId commitment;
};

struct InfoChange {
  std::uint64_t updates = 0;  // so far
  bool is_new = false;        // false when the same order was taken before
};

class NodeInfo {
 public:
  virtual ~NodeInfo() = default;

  // What orders said, and `node_history`, the last of them; without what the node says of itself.
  virtual std::shared_ptr<const message::Map> told() const = 0;

  // Merged and durable when it returns; an order counts once, for good. Errors: kDenied
  // "settings-fixed" for a key that is a setting; kInvalid "info-key", "info-value", "info-empty";
  // kTooLarge "info-size"; kConflict "info-permanent"; kBusy "info-busy"; those of the store.
  virtual Task<Result<InfoChange>> change(InfoOrder order) = 0;

  // As the last order, or else the settings file, has them.
  virtual std::shared_ptr<const PaymentTerms> terms() const = 0;
};

}  // namespace ao::api
