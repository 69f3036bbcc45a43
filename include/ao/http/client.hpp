// HTTP/1.1 out: one request, one answer, over a kept connection.
//
// Used by the command line and by tests. A Client serves one coroutine at a time. No redirects, no
// proxy, no cookies.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>

#include "ao/async/task.hpp"
#include "ao/http/message.hpp"

namespace ao::http {

struct ClientLimits {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds answer_timeout{60'000};
  std::size_t body_bytes_max = 64 << 20;
};

class Client {
 public:
  // `origin` is http://HOST:PORT. Errors: "url-malformed".
  static Result<std::unique_ptr<Client>> to(const std::string& origin,
                                            const ClientLimits& limits = {});

  virtual ~Client() = default;

  // Errors: kUnavailable "http-unreachable", kTimeout "http-timeout", kInvalid "http-malformed",
  // each naming the origin. A kept connection that the server has closed is opened again once.
  virtual Task<Result<Response>> fetch(Request request) = 0;
};

}  // namespace ao::http
