// Answers that stay the same, and clients that have them already (RFC 9110 §8.8, §13; RFC 9111).
//
// What an id names never changes, and neither does the outcome of a slot: such answers say so, and
// carry a tag by which a client asks whether what it has is still right. Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/message.hpp"

namespace ao::api {

// Of an answer with status 200 whose content is fixed by `tag`, and by how the client asks for it
// to be written.
void mark_unchanging(http::Response& response, std::string_view tag);

// What the client says it has (If-None-Match); "" for nothing, or a request that does not read.
std::string known_tags(const http::Request& request);

// 304 in the place of an answer that is among them.
http::Response unless_known(std::string_view known, http::Response response);

}  // namespace ao::api
