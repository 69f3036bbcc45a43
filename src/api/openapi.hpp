// What the node answers, as OpenAPI 3.1 tells it. Made of the table of routes. Pure.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/value.hpp"

namespace ao::api {

message::Map openapi_document(const std::string& version);

}  // namespace ao::api
