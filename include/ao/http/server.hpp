// HTTP/1.1 in: strict, bounded, asynchronous.
//
// Every limit of `Limits` answers with its own status and closes the connection; what could be read
// in two ways (RFC 9112 §11.2, request smuggling) is refused with 400 and never reused. The handler
// runs on the net pool and must not block. Owned by `node`.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "ao/async/pool.hpp"
#include "ao/http/message.hpp"

namespace ao::http {

struct Limits {
  std::size_t request_line_bytes_max = 8 << 10;   // 414
  std::size_t header_field_bytes_max = 16 << 10;  // 431
  std::size_t header_bytes_max = 96 << 10;        // 431
  std::size_t header_fields_max = 256;            // 431
  std::size_t body_bytes_max = 10 << 20;          // 413, before it is read
  std::size_t chunk_extension_bytes_max = 256;    // 400
  std::size_t trailer_fields_max = 8;             // 400
  std::size_t connections_max = 10'000;           // 503
  std::size_t connections_per_address_max = 256;  // 503; IPv6 addresses count by /64
  std::chrono::seconds header_timeout{10};        // 408
  std::chrono::seconds body_progress_window{10};  // 408 when slower than body_bytes_per_second_min
  std::size_t body_bytes_per_second_min = 1 << 10;
  std::chrono::seconds idle_timeout{60};
  std::chrono::seconds request_timeout{120};  // reading, from the first byte to the last; 408
};

struct Counters {
  std::uint64_t connections = 0;  // open now
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;   // over a connection limit
  std::uint64_t rejected = 0;  // requests answered by the server itself with 4xx
};

class Server {
 public:
  using Handler = std::function<Task<Response>(Request)>;

  // Binds and listens at once: throws std::runtime_error naming the address when it cannot.
  // `address` is HOST:PORT; port 0 takes a free one.
  static std::unique_ptr<Server> listen(async::Pool& net, const std::string& address,
                                        const Limits& limits, Handler handler);

  virtual ~Server() = default;

  // Accepts until `stop`; returns when the last connection is closed.
  virtual Task<> run() = 0;

  // Any thread: accepts no more, answers what was begun, closes idle connections; those still open
  // after `grace` are cut.
  virtual void stop(std::chrono::milliseconds grace) = 0;

  virtual std::uint16_t port() const = 0;
  virtual Counters counters() const = 0;
};

}  // namespace ao::http
