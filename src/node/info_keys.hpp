// What an order may say about the node: which keys, and which values of those that mean something.
// Pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/node_info.hpp"

namespace ao::node {

inline constexpr BytesView kPriceKey = "simple_pay_price";
inline constexpr BytesView kAllowKey = "faff_allow_list";
inline constexpr BytesView kInitializedKey = "initialized";

// The keys of an order with their values as they are kept. Errors: kDenied "settings-fixed" naming
// the setting; kInvalid "info-empty", "info-key", "info-value"; kTooLarge "info-size".
Result<message::Map> checked_order(const message::Map& said);

// The message with the order merged; the atom `unset` takes a key away. Error kTooLarge
// "info-size".
Result<message::Map> merged(message::Map message, const message::Map& order);

// Those that the message has in the place of others.
api::PaymentTerms terms_with(api::PaymentTerms others, const message::Map& message);

// The order as the history tells it: long values only by their size.
message::Map shown_in_history(const message::Map& order);

}  // namespace ao::node
