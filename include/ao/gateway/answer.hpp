// What gateways' answers have in common: JSON, and GraphQL's edges in it.
//
// Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/message/value.hpp"

namespace ao::gateway {

// What a server said, on one line, for people.
std::string shown(BytesView body);

// Numbers come as numbers, and as texts.
std::optional<std::uint64_t> number_at(const message::Value& value, BytesView name);

// The body of a POST to /graphql.
Bytes asking(const std::string& query);

// data.transactions.edges; nullptr where there are none.
const message::List* edges_in(const message::Value& answer);

}  // namespace ao::gateway
