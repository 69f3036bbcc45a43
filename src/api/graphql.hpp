// The part of GraphQL that clients of gateways use: one operation, fields with arguments,
// variables.
//
// What is asked of each field is not looked at: answers hold everything. Fragments and directives
// are refused. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::api::graphql {

struct Field {
  Bytes alias;  // what the answer calls it: the name, if nothing else was asked for
  Bytes name;
  message::Map arguments;  // enums as texts; absent variables left out
};

// The fields of the operation, in order. Errors: "graphql-malformed" with the place in the query.
Result<std::vector<Field>> parse(BytesView query, const message::Map& variables);

}  // namespace ao::api::graphql
