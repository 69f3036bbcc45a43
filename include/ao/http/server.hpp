// HTTP/1.1 in: strict, bounded, asynchronous.
//
// Every limit of `Limits` answers with its own status and closes the connection; what could be read
// in two ways (RFC 9112 §11.2, request smuggling) is refused with 400 and never reused. The handler
// runs on the net pool and must not block. Owned by `node`.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "ao/async/pool.hpp"
#include "ao/base/result.hpp"
#include "ao/http/message.hpp"
#include "ao/http/settings.hpp"

namespace ao::http {

struct Counters {
  std::uint64_t connections = 0;  // open now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;    // over a connection limit
  std::uint64_t rejected = 0;   // requests answered by the server itself with 4xx
  std::uint64_t over_rate = 0;  // requests over the rate of their client
  std::uint64_t handshakes_failed = 0;
};

class Server {
 public:
  using Handler = std::function<Task<Response>(Request)>;

  // What `listen` would refuse of the files and the networks that the settings name, without
  // listening. Errors: kInvalid "tls-certificate", "tls-key", "trusted-proxy".
  static Result<> check(const ServerSettings& settings);

  // Binds and listens at once: throws std::runtime_error naming the address, the file or the
  // network when it cannot. Large answers are compressed on `heavy`.
  static std::unique_ptr<Server> listen(async::Pool& net, async::Pool& heavy,
                                        const ServerSettings& settings, Handler handler);

  virtual ~Server() = default;

  // Accepts until `stop`; returns when the last connection is closed.
  virtual Task<> run() = 0;

  // Any thread: accepts no more, answers what was begun, closes idle connections; those still open
  // after `grace` are cut. Streams and conversations are told (ao/http/live.hpp).
  virtual void stop(std::chrono::milliseconds grace) = 0;

  // Any thread, but one at a time: reads certificate and key again; connections from now on show
  // them. When they are no pair the old ones stay. Errors: those of `check`.
  virtual Result<> reload_certificate() = 0;

  virtual std::uint16_t port() const = 0;      // 0 when it does not listen there
  virtual std::uint16_t tls_port() const = 0;  // the same
  virtual Counters counters() const = 0;
};

}  // namespace ao::http
