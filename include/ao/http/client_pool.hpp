// Requests to anybody, many at once: kept connections, few to each origin, and rest for those that
// do not answer.
//
// Owned by `node`. Its tables live on one strand of `net`, each connection on another, so `fetch`
// and the rest are for any thread and any executor. Before it is destroyed: `stop`, then every
// fetch has returned, then `net` is joined.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>

#include "ao/async/pool.hpp"
#include "ao/http/client.hpp"

namespace ao::http {

// When an origin is left alone.
struct CircuitBreakerSettings {
  std::size_t failures_max = 5;  // in a row
  std::chrono::milliseconds pause_min{1'000};
  std::chrono::milliseconds pause_max{60'000};  // each pause is twice the one before, up to this
  std::size_t origins_max = 10'000;             // remembered of those that failed
};

struct ClientPoolSettings {
  ClientLimits limits{.connect_timeout = std::chrono::seconds(10),
                      .head_timeout = std::chrono::seconds(10),
                      .answer_timeout = std::chrono::seconds(30),
                      .body_bytes_max = 10 << 20};
  std::size_t connections_per_origin_max = 8;
  std::size_t connections_max = 256;
  std::size_t waiting_per_origin_max = 64;  // fetches that wait for a connection
  std::size_t waiting_max = 1'024;
  std::chrono::milliseconds wait_max{10'000};
  std::chrono::milliseconds idle_timeout{30'000};  // of a kept connection
  CircuitBreakerSettings breaker;
};

struct ClientPoolCounters {
  std::uint64_t busy = 0;     // fetches that have a connection now
  std::uint64_t idle = 0;     // kept connections now
  std::uint64_t waiting = 0;  // fetches that wait for one now
  std::uint64_t fetched = 0;  // answers
  std::uint64_t failed = 0;   // fetches without an answer
  std::uint64_t resting = 0;  // fetches refused since their origin rests
};

class ClientPool {
 public:
  static std::unique_ptr<ClientPool> open(async::Pool& net, Egress egress,
                                          const ClientPoolSettings& settings);

  virtual ~ClientPool() = default;

  // The target of the request comes from `url`. Of GET and HEAD up to `redirects_max` redirects
  // are followed, each judged as the URL was, none from https to http; beyond that, and of other
  // methods, the redirect is the answer. Nothing is tried twice. Errors: those of `parse_url`, of
  // `EgressPolicy` and of `Client::fetch`; kUnavailable "circuit-open", with how long the origin
  // rests; kBusy "egress-busy"; kDenied "redirect-downgrade"; kInvalid "redirects-max".
  virtual Task<Result<Response>> fetch(std::string url, Request request,
                                       std::size_t redirects_max = 0) = 0;

  // Ends everything in flight, which gets "http-stopped", as do later fetches.
  virtual void stop() = 0;

  virtual ClientPoolCounters counters() const = 0;
};

}  // namespace ao::http
