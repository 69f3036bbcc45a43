// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

namespace ao::test {

Connection::Connection(std::uint16_t port, const http::ClientLimits& limits)
    : client_(std::move(*http::Client::to(context_.get_executor(),
                                          "http://127.0.0.1:" + std::to_string(port), limits))) {}

Result<http::Response> Connection::get(const std::string& target) {
  http::Request request;
  request.target = target;
  return fetch(std::move(request));
}

Result<http::Response> Connection::post(const std::string& target, Bytes item) {
  http::Request request;
  request.method = "POST";
  request.target = target;
  request.headers.set("content-type", "application/ans104");
  request.headers.set("codec-device", "ans104@1.0");
  request.body = std::move(item);
  return fetch(std::move(request));
}

std::string Connection::text(const std::string& target) {
  auto answer = get(target);
  if (!answer) throw std::runtime_error("GET " + target + ": " + answer.error().text);
  if (answer->status != 200)
    throw std::runtime_error("GET " + target + ": " + std::to_string(answer->status) + ' ' +
                             answer->body);
  return std::move(answer->body);
}

Result<http::Response> Connection::fetch(http::Request request) {
  auto answer =
      boost::asio::co_spawn(context_, client_->fetch(std::move(request)), boost::asio::use_future);
  context_.restart();
  context_.run();
  return answer.get();
}

}  // namespace ao::test
