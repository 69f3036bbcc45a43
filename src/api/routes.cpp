// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/api/routes.hpp"

#include "answers.hpp"
#include "hyperbeam.hpp"
#include "signed_requests.hpp"

namespace ao::api {
namespace {

using message::Map;

http::Response readiness_answer(const Readiness& readiness) {
  if (readiness.is_ready) return json_answer(Map{{"status", "ready"}});
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

bool is_known_method(const std::string& method, const std::string& target) {
  if (method == "DELETE") return target.starts_with("/monitor/");
  return method == "GET" || method == "HEAD" || method == "POST";
}

}  // namespace

Answered Routes::refused(const Error& error) {
  return {error_answer(error), "failed"};
}

Task<Answered> Routes::answer(http::Request request) {
  Answered answered;
  const std::string target = request.target.substr(0, request.target.find('?'));
  if (request.method == "OPTIONS") {
    answered.route = "preflight";
    answered.response = preflight_answer(request);
  } else if (!is_known_method(request.method, target)) {
    answered.route = "other";
    Error error{ErrorKind::kInvalid, "method-unknown", "no route takes " + request.method};
    answered.response = error_answer(error);
    answered.response.status = 405;
    answered.response.headers.set("allow", kMethods);
  } else if (target == "/healthz") {
    answered.route = "healthz";
    answered.response = json_answer(Map{{"status", "ok"}});
  } else if (target == "/readyz") {
    answered.route = "readyz";
    answered.response = readiness_answer(backend_.readiness());
  } else if (target == "/metrics") {
    answered.route = "metrics";
    answered.response = co_await metrics_answer(backend_);
  } else if (target == "/tx" && request.method == "POST") {
    answered.route = "tx";
    answered.response = co_await keep(backend_, std::move(request));
  } else {
    auto path = Path::parse(request.target);
    if (!path) {
      answered.route = "other";
      answered.response = error_answer(path.error());
    } else {
      answered.route = route_name(*path);
      auto refusal = co_await refusal_of_signatures(backend_, request);
      if (refusal) {
        answered.response = std::move(*refusal);
      } else {
        Asked asked;
        asked.request = std::move(request);
        asked.path = std::move(*path);
        answered.response = co_await answer_hyperbeam(backend_, std::move(asked));
      }
    }
  }
  co_return answered;
}

}  // namespace ao::api
