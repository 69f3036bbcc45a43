// What clients ask of an Arweave gateway, for what is on this node:
//
//   POST /graphql    transactions(ids, owners, recipients, tags, first, after, sort),
//                    transaction(id)
//   GET  /ID         the data of an item, with the type that its tag Content-Type says
//
// Every item stands in a block, of height 0 and the time at which it was scheduled. A cursor is the
// place of an item in the order of all, so what comes later moves no page.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"

namespace ao::api {

Task<http::Response> graphql_answer(Backend& backend, Bytes body);

// As the whole item for who accepts `application/ans104`, else its data alone. What is not here may
// come from the network; a field `item-source: gateway` says so. Errors, as an answer:
// "item-unknown", and those of Backend::network_item.
Task<http::Response> data_answer(Backend& backend, http::Request request, MessageId id);

}  // namespace ao::api
