// HTTP for a thread that waits: one kept connection to a node on this machine.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/io_context.hpp>

#include "ao/base/ids.hpp"
#include "ao/http/client.hpp"

namespace ao::test {

class Connection {
 public:
  explicit Connection(std::uint16_t port, const http::ClientLimits& limits = {});

  Result<http::Response> get(const std::string& target);
  Result<http::Response> post(const std::string& target, Bytes item);  // a signed item

  // The body of a 200. Throws std::runtime_error with the answer otherwise.
  std::string text(const std::string& target);

 private:
  Result<http::Response> fetch(http::Request request);

  boost::asio::io_context context_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace ao::test
