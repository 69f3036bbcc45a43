// The node's HTTP surface: requests to calls on the backend, results to answers. No logic.
//
// Three parts: the paths of HyperBEAM's dialect, the upload of items, and operations (/healthz,
// /readyz, /metrics). Every error has one shape: {"error": {"code", "message"}}.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "ao/http/message.hpp"

namespace ao::api {

struct Answered {
  http::Response response;
  std::string_view route;  // a short constant name, for metrics
};

class Routes {
 public:
  explicit Routes(Backend& backend) : backend_(backend) {}

  Task<Answered> answer(http::Request request);

  // The answer to a request that failed where no route could catch it.
  static Answered refused(const Error& error);

 private:
  Backend& backend_;
};

}  // namespace ao::api
