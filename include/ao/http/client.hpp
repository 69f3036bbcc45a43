// HTTP/1.1 out: one request, one answer, over a kept connection, plain or through TLS.
//
// A Client serves one coroutine at a time. No redirects, no proxy, no cookies. Owned by whoever
// fetches, as the command line does; for many at once, and for URLs of strangers, there is
// ClientPool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "ao/async/task.hpp"
#include "ao/http/egress.hpp"
#include "ao/http/message.hpp"

namespace ao::http {

// Each time is counted from the begin of a fetch.
struct ClientLimits {
  std::chrono::milliseconds connect_timeout{5'000};  // the name, the connection, the handshake
  std::chrono::milliseconds head_timeout{60'000};    // the whole head of the answer is here
  std::chrono::milliseconds answer_timeout{60'000};  // the body too
  std::size_t body_bytes_max = 64 << 20;
};

class Client {
 public:
  // Wherever `origin` leads, which is http[s]://HOST[:PORT]. Errors: those of `parse_origin`.
  static Result<std::unique_ptr<Client>> to(const boost::asio::any_io_executor& executor,
                                            const std::string& origin,
                                            const ClientLimits& limits = {});

  // On a strand of `executor`.
  static std::unique_ptr<Client> to(const boost::asio::any_io_executor& executor, Origin origin,
                                    const Egress& egress, const ClientLimits& limits);

  virtual ~Client() = default;

  // Any executor. A kept connection that the server has closed is opened again once. Errors, each
  // naming the origin: of the policy, kDenied "egress-scheme", "egress-port", "egress-address"; of
  // the name, those of `Resolver`; kUnavailable "http-unreachable", "http-untrusted" (and why the
  // certificate is not believed), "http-stopped" after `cut`; kTimeout "http-timeout"; kInvalid
  // "http-malformed"; kTooLarge "http-answer-bytes-max"; of the request itself, kInvalid
  // "http-request-malformed".
  virtual Task<Result<Response>> fetch(Request request) = 0;

  // Any thread: what is being fetched ends at once, and nothing is fetched any more.
  virtual void cut() = 0;

  virtual bool has_connection() const = 0;  // kept, for the next request; between fetches
};

}  // namespace ao::http
