// What the devices relay@1.0 and router@1.0 ask of the node (docs/relay.md). A part of Backend.
//
// An errand is a request that somebody has this node make for him.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ao/async/task.hpp"
#include "ao/http/message.hpp"
#include "ao/routing/routes.hpp"

namespace ao::api {

struct Errand {
  routing::Asked asked;   // a URL, or a path that goes where the routes say
  http::Request request;  // the target comes from where it goes
  http::Network from{};   // whose errand it is
};

class ErrandBackend {
 public:
  virtual ~ErrandBackend() = default;

  // Whether this node says of itself that it is reached there.
  virtual bool is_own(const http::Origin& origin) const = 0;

  // Answers in the order in which they came: one, unless the route or the errand wants more.
  // Errors: kDenied "relay-denied", "route-origin"; kNotFound "routes-no-match"; kBusy
  // "relay-rate", "relay-in-flight"; kTimeout "relay-timeout"; kUnavailable "no-viable-responses";
  // kInvalid "route-malformed"; of one that is asked alone, those of http::ClientPool.
  virtual Task<Result<std::vector<http::Response>>> run(Errand errand) = 0;

  // The same, without an answer: it has only begun. Errors: as above, as far as they are known
  // then.
  virtual Result<> cast(Errand errand) = 0;

  virtual std::shared_ptr<const routing::Routes> routes() const = 0;

  // Where a path would be sent; an origin of its own stays. Errors: as above.
  virtual Result<std::vector<http::Url>> destinations(const routing::Asked& asked) const = 0;

  // Durable when it returns; one that is there already is not added again. Errors: those of
  // routing::Route and Routes; kConflict "route-removed" for one that was removed before, so that
  // who saw the order cannot repeat it; kBusy "routes-busy".
  virtual Task<Result<>> add_route(message::Map said) = 0;
  // One that was added. Errors: kNotFound "route-unknown"; kBusy "routes-busy"; kTooLarge
  // "routes-removed-max".
  virtual Task<Result<>> remove_route(message::Map said) = 0;
};

}  // namespace ao::api
