// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/api/routes.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "event_streams.hpp"
#include "gate.hpp"
#include "hyperbeam.hpp"
#include "openapi.hpp"
#include "route_table.hpp"
#include "signed_requests.hpp"
#include "validators.hpp"

namespace ao::api {
namespace {

using message::Map;

http::Response readiness_answer(const Readiness& readiness) {
  Map ready{{"status", "ready"}};
  if (!readiness.warning.empty()) ready.set("warning", readiness.warning);
  if (readiness.is_ready) return json_answer(ready);
  return json_answer(Map{{"reason", readiness.reason}, {"status", "not ready"}}, 503);
}

Task<http::Response> metrics_answer(Backend& backend) {
  auto text = co_await backend.metrics();
  http::Response response = text_answer(std::move(text));
  response.headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
  co_return response;
}

Task<http::Response> keep(Backend& backend, http::Request request) {
  Upload upload{std::move(request.body), request.network};
  const auto id = co_await backend.keep(std::move(upload));
  if (!id) co_return error_answer(id.error());
  http::Response response = json_answer(Map{{"id", id->text()}});
  response.headers.set("id", id->text());
  co_return response;
}

http::Response no_route_answer(const http::Request& request) {
  const bool is_known =
      request.method == "GET" || request.method == "HEAD" || request.method == "POST";
  if (is_known)
    return error_answer({ErrorKind::kNotFound, "route-unknown",
                         fmt::format("nothing answers {} {}", request.method, request.target)});
  http::Response response = error_answer(
      {ErrorKind::kInvalid, "method-unknown", "no route takes " + request.method + " here"});
  response.status = 405;
  response.headers.set("allow", kMethods);
  return response;
}

}  // namespace

Routes::Routes(Backend& backend)
    : backend_(backend), streams_(std::make_unique<EventStreams>(backend)) {
  const GateSettings& settings = backend.gate_settings();
  if (!settings.hooks.empty()) gate_ = std::make_unique<Gate>(backend, settings);
}

Routes::~Routes() = default;

Answered Routes::refused(const Error& error) {
  return {error_answer(error), "failed"};
}

Task<Answered> Routes::answer(http::Request request) {
  Answered answered{{}, "other"};
  auto path = Path::parse(request.target);
  const Route* route = path ? route_for(request.method, *path) : nullptr;
  if (request.method == "OPTIONS") {
    answered.route = "preflight";
    answered.response = preflight_answer(request);
  } else if (!path) {
    answered.response = error_answer(path.error());
  } else if (route == nullptr) {
    auto refusal = co_await refusal_of_signatures(backend_, request);
    answered.response = refusal ? std::move(*refusal) : no_route_answer(request);
  } else {
    answered.route = route->name;
    const std::string known = known_tags(request);
    Asked asked;
    asked.request = std::move(request);
    asked.path = std::move(*path);
    const bool is_gated = gate_ != nullptr && Gate::minds(*route, asked.path);
    if (is_gated) {
      auto response = co_await enter_through_gate(*route, std::move(asked));
      answered.response = unless_known(known, std::move(response));
    } else {
      auto response = co_await enter(*route, std::move(asked));
      answered.response = unless_known(known, std::move(response));
    }
  }
  co_return answered;
}

Task<http::Response> Routes::enter_through_gate(const Route& route, Asked asked) {
  auto unproved = co_await refusal_of_signatures(backend_, asked.request);
  if (unproved) co_return std::move(*unproved);
  asked.has_proved_signatures = true;
  Gate::Visit visit;
  auto refusal = co_await gate_->enter(route, asked, visit);
  if (refusal) co_return std::move(*refusal);
  auto response = co_await enter(route, std::move(asked));
  co_return co_await gate_->leave(std::move(visit), std::move(response));
}

Task<http::Response> Routes::enter(const Route& route, Asked asked) {
  switch (route.door) {
    case Route::Door::kHealth:
      co_return json_answer(Map{{"status", "ok"}});
    case Route::Door::kReadiness:
      co_return readiness_answer(backend_.readiness());
    case Route::Door::kMetrics:
      co_return co_await metrics_answer(backend_);
    case Route::Door::kOpenApi:
      co_return json_answer(openapi_document(backend_.version()));
    case Route::Door::kItems:
      co_return co_await keep(backend_, std::move(asked.request));
    case Route::Door::kEvents:
    case Route::Door::kDialects:
      break;
  }
  if (!asked.has_proved_signatures) {
    auto refusal = co_await refusal_of_signatures(backend_, asked.request);
    if (refusal) co_return std::move(*refusal);
  }
  if (route.door == Route::Door::kEvents) co_return streams_->answer(asked.request, asked.path);
  co_return co_await answer_hyperbeam(backend_, std::move(asked));
}

}  // namespace ao::api
