// How an answer is written: as the client asks, by the path (`…/~json@1.0/serialize`), by the keys
// or header fields `accept-codec`, `require-codec` and `accept`, in this order.
//
// What the node says as header fields, or as a single plain value, is signed by it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "path.hpp"
#include "singleton.hpp"

namespace ao::api {

enum class Form {
  kPlain,    // a text or number as the whole body, and a message as JSON
  kJson,     // anything as JSON
  kHttpsig,  // a message as header fields, messages within it as links
  kBundled,  // the same with messages within it whole (`accept-bundle`)
};

// Where the path begins to say only how to write the answer; behind its end when it does not.
std::size_t first_json_step(const Path& path);

// The messages of a path without what only says that. Errors: those of calls_of.
Result<std::vector<Call>> calls_asked(Path path, const message::Map& said);

Form form_wanted(const http::Request& request, const Path& path);

// Whether the node signs it.
inline bool is_signed(Form form) {
  return form == Form::kHttpsig || form == Form::kBundled;
}

// As plain text or JSON.
http::Response unsigned_answer(const message::Value& value, Form form);

Task<http::Response> encoded(Backend& backend, message::Value value, Form form);

// What is at `keys` in the value. Errors, as an answer: "key-absent".
Task<http::Response> encoded_part(Backend& backend, message::Value value, std::vector<Bytes> keys,
                                  Form form);

// The keys of the path's steps from `index` on, up to one that only says how to write the answer.
std::vector<Bytes> rest_of(const Path& path, std::size_t index);

}  // namespace ao::api
