// A data item, put together again from what gateways serve of it.
//
// They give an item's data alone (GET URL/raw/ID) and tell the rest by GraphQL: key, signature,
// target, anchor, tags. Nothing of it is believed: the id is the hash of the signature, and the
// signature is the owner's over all of it (ANS-104), so that what holds is the item, whoever told.
// What was not signed in the form that GraphQL tells, such as Arweave's own transactions, does not.
// Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/message/data_item.hpp"

namespace ao::gateway {

struct Description {
  MessageId id;
  message::Draft draft;  // without its data
  Bytes owner;
  Bytes signature;
  std::optional<std::uint64_t> data_bytes;  // as it is told
  bool is_bundled = false;                  // told to be within a bundle
};

Bytes item_query(const MessageId& id);

// Nullopt: it is not known there. Errors: kUnavailable "gateway-answer" for what is no answer;
// kInvalid "gateway-incomplete" when a part is left out without which nothing can be verified.
Result<std::optional<Description>> description_in(BytesView body, const MessageId& id);

// Its signature is still to be verified. Errors: kInvalid "gateway-forged" when the id is not of
// this signature; "gateway-incomplete" for keys and fields that no data item has.
Result<message::DataItem> rebuilt(Description described, Bytes data);

}  // namespace ao::gateway
