// The gate before the routes: what hooks say to requests and answers, one after the other.
//
// A hook that is not content ends the chain and is the answer; the request is not executed then. A
// hook that fails by itself refuses as well, under a code of its own, unless its result is ignored.
// There is none on a node without hooks. Owned by Routes; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/gate_settings.hpp"
#include "paying.hpp"

namespace ao::api {

class Gate {
 public:
  Gate(Backend& backend, const GateSettings& settings);

  // Operations and what nodes say to each other go past it.
  static bool minds(const Route& route, const Path& path);

  // Of one request, from `enter` to `leave`.
  struct Visit {
    Visitor visitor;
    message::Map request;  // as hooks see it
    std::unique_ptr<Held> held;
  };

  // A refusal, or nothing; what hooks changed is in `asked`.
  Task<std::optional<http::Response>> enter(const Route& route, Asked& asked, Visit& visit);

  // The answer that is sent.
  Task<http::Response> leave(Visit visit, http::Response response);

 private:
  using Refusal = std::optional<http::Response>;

  Task<Refusal> ask(const Hook& hook, Asked& asked, Visit& visit);
  Task<Refusal> ask_about_request(const Hook& hook, Asked& asked, const Visit& visit);
  Task<http::Response> ask_about_answer(const Hook& hook, const Visit& visit,
                                        http::Response response);

  Backend& backend_;
  const GateSettings& settings_;
  const FreeRoutes free_routes_;
};

}  // namespace ao::api
