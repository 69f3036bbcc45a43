// A request as the messages that it stands for: each is a request to what the one before it gave
// (HyperBEAM calls the request a singleton).
//
//   /a/b&k=v/c?q=1       {q:1}  {path:a,q:1}  {path:b,k:v,q:1}  {path:c,q:1}
//   /ID~process@1.0/now  as process@1.0 {path:ID}  {path:now}
//   /a/(x/y)/z           {}  {path:a}  what {} {path:x} {path:y} give  {path:z}
//
// The first is the base: an id, a message under a device, what a path gives, or else a message of
// the global keys. Global keys (of the query, and of what a posted request says) go into every
// message, unless one of its own has the name, or they are written `N.key`, which is for the N-th
// message alone. Pure functions.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "ao/message/value.hpp"
#include "path.hpp"

namespace ao::api {

struct Call;

// What a path gives.
struct Subpath {
  std::vector<Call> calls;
  bool operator==(const Subpath&) const;
};

using Argument = std::variant<message::Value, Subpath>;

struct Call {
  Bytes path;    // the key that is asked for; of the base an id, or empty
  Bytes device;  // in whose terms; empty: the base's own
  std::vector<std::pair<Bytes, Argument>> arguments;  // in the order of their keys, but for `path`
  std::optional<Subpath> resolve;                     // instead of all of the above
  bool is_id = false;                                 // the path is an id, the base itself

  const Argument* find(BytesView name) const;
  bool operator==(const Call&) const = default;
};

// Errors: "path-malformed"; "path-type" for a value that is not of its type; kTooLarge
// "path-depth".
Result<std::vector<Call>> calls_of(const Path& path, const message::Map& said = {});

}  // namespace ao::api
