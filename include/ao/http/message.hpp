// HTTP requests and answers as values.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "ao/async/task.hpp"
#include "ao/base/bytes.hpp"

namespace ao::http {

class Caller;  // ao/http/live.hpp
class LiveStream;
class WebSocket;

// Header fields in the order of the wire; names compare without case.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  void add(std::string_view name, std::string_view value);
  void set(std::string_view name, std::string_view value);  // replaces every field of the name
  const std::string* find(std::string_view name) const;     // the first
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

// Whose requests count together: an IPv4 address, or the /64 of an IPv6 address, all of which one
// subscriber holds. IPv4 numbers lie in 0::/32, which the IETF reserves.
enum class Network : std::uint64_t {};

struct Request {
  std::string method = "GET";
  std::string target = "/";  // as on the wire: path and query, percent-encoded
  Headers headers;
  Bytes body;
  // The client's IP address, as trusted proxies name it; "unix" over a Unix socket; empty in
  // requests that this node makes.
  std::string peer;
  Network network{};  // that of the peer; 0 over a Unix socket
};

// One of body, stream and conversation; or later, and nothing else.
struct Response {
  unsigned status = 200;
  Headers headers;
  Bytes body;
  std::function<Task<>(LiveStream&)> stream;  // a body of chunks, whole when it returns
  std::function<Task<>(WebSocket&)> conversation;
  std::function<Task<Response>(Caller&)> later;  // gives the answer, and not another `later`
};

}  // namespace ao::http
