// A server on a free port of the loopback that says what a test wrote.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>
#include <vector>

namespace ao::http {

// Accepts once for each script, reads one request of at most 64 KiB, says the script and closes.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> scripts)
      : acceptor_(context_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        thread_([this, scripts = std::move(scripts)] {
          for (const std::string& script : scripts) {
            Tcp::socket socket = acceptor_.accept();
            std::array<char, 65536> request;
            boost::system::error_code ignored;
            socket.read_some(boost::asio::buffer(request), ignored);
            boost::asio::write(socket, boost::asio::buffer(script), ignored);
          }
        }) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port()); }

 private:
  using Tcp = boost::asio::ip::tcp;

  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::jthread thread_;
};

// Takes connections and never says anything.
class SilentServer {
 public:
  SilentServer() : acceptor_(context_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port()); }

  // Whether anybody has connected; connections stay open.
  bool was_reached() {
    acceptor_.non_blocking(true);
    boost::system::error_code error;
    Tcp::socket socket(context_);
    acceptor_.accept(socket, error);
    if (!error) taken_.push_back(std::move(socket));
    return !taken_.empty();
  }

 private:
  using Tcp = boost::asio::ip::tcp;

  boost::asio::io_context context_;
  Tcp::acceptor acceptor_;
  std::vector<Tcp::socket> taken_;
};

}  // namespace ao::http
