// Requests as fast as a server takes them, at as little cost as possible.
//
// One thread, plain sockets, requests made beforehand: what is measured is the server. Each
// connection has one request in flight.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ao::bench {

struct LoadReport {
  double seconds = 0;
  std::size_t answers = 0;
  std::size_t refusals = 0;    // other than 200
  std::size_t body_bytes = 0;  // of all answers
  std::string refusal;         // the first
};

// Throws std::runtime_error when a connection breaks.
LoadReport send_all(std::uint16_t port, const std::vector<std::string>& requests,
                    std::size_t connections);

// POST of a signed item, as bytes of the wire.
std::string get_request(const std::string& target);
std::string post_request(const std::string& target, const std::string& item);

}  // namespace ao::bench
