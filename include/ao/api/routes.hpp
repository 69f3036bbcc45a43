// The node's HTTP surface: requests to calls on the backend, results to answers. No logic.
//
// src/api/route_table.cpp lists the routes: the paths of the dialects, the upload of items, streams
// of events, and operations (/healthz, /readyz, /metrics, /openapi.json). Every error has one
// shape: {"error": {"code", "message"}}. What an operator's hooks have to say of requests is asked
// before anything is done (gate.hpp).
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

class EventStreams;
class Gate;
struct Asked;
struct Path;
struct Route;

class Routes {
 public:
  explicit Routes(Backend& backend);
  ~Routes();

  Task<Answered> answer(http::Request request);

  // The answer to a request that failed where no route could catch it.
  static Answered refused(const Error& error);

 private:
  Task<http::Response> enter(const Route& route, Asked asked);
  Task<http::Response> enter_through_gate(const Route& route, Asked asked);

  Backend& backend_;
  std::unique_ptr<EventStreams> streams_;
  std::unique_ptr<Gate> gate_;  // nullptr when there are no hooks
};

}  // namespace ao::api
