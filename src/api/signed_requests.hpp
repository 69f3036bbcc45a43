// HTTP requests that claim a signature (RFC 9421): whatever claims one must have it, on every
// route, also where nothing depends on it.
//
// A client that wants to know why it was refused asks with a field `signature-base`: with `?1` the
// answer has what this node took for the signed text, in each dialect that it tried; with the
// client's own text, as a byte sequence `:BASE64:`, it names the first component in which they
// differ.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"

namespace ao::api {

bool claims_a_signature(const http::Request& request);

// A request that is signed itself is the message, unless it says that its body is one.
bool is_message_itself(const http::Request& request);

// A body that claims to be a signed item must be one, also where only the path matters.
bool claims_an_item(const http::Request& request);

// The request as `codec` takes it: names in lower case, repeated fields joined.
codec::Request signed_request(const http::Request& request);

// Whether a commitment covers the path and the query of the request as they are.
bool covers_target(const codec::Commitment& commitment, const codec::Request& request);

// The answer to a request whose signatures do not hold; nullopt for one that has none or whose
// signatures do. `request` must outlive the call.
Task<std::optional<http::Response>> refusal_of_signatures(Backend& backend,
                                                          const http::Request& request);

}  // namespace ao::api
