// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "answers.hpp"

#include "ao/message/json.hpp"

namespace ao::api {

using message::Map;
using message::Value;

unsigned status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return 400;
    case ErrorKind::kDenied:
      return 403;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConflict:
      return 409;
    case ErrorKind::kTooLarge:
      return 413;
    case ErrorKind::kBusy:
      return 429;
    case ErrorKind::kTimeout:
      return 504;
    case ErrorKind::kUnavailable:
      return 503;
  }
  return 500;
}

http::Response error_answer(const Error& error) {
  const Map inner{{"code", Bytes(error.code)}, {"message", error.text}};
  http::Response response = json_answer(Map{{"error", inner}}, status_of(error.kind));
  if (error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kUnavailable)
    response.headers.set("retry-after", std::to_string(error.retry_after.count()));
  return response;
}

http::Response json_answer(const Value& value, unsigned status) {
  http::Response response;
  response.status = status;
  response.headers.set("content-type", "application/json");
  message::append_json(response.body, value);
  return response;
}

http::Response text_answer(std::string text) {
  http::Response response;
  response.headers.set("content-type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  return response;
}

http::Response preflight_answer(const http::Request& request) {
  http::Response response;
  response.status = 204;
  response.headers.set("allow", kMethods);
  response.headers.set("access-control-allow-methods", kMethods);
  // The star is every field but this one.
  response.headers.set("access-control-allow-headers", "*, authorization");
  response.headers.set("access-control-max-age", "86400");
  if (request.headers.find("access-control-request-private-network") != nullptr)
    response.headers.set("access-control-allow-private-network", "true");
  return response;
}

}  // namespace ao::api
