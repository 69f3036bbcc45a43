// One place where connections come in: a TCP port, or a Unix socket. Everything runs on the strand.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <functional>

#include "proxies.hpp"
#include "wire.hpp"

namespace ao::http {

class Listener {
 public:
  using Admit = std::function<void(Socket, const Peer&)>;

  // Each throws std::runtime_error that names the place and why it cannot be listened on.
  static std::unique_ptr<Listener> on_tcp(Strand strand, const std::string& address);
  // A socket file that nobody listens on is replaced.
  static std::unique_ptr<Listener> on_unix(Strand strand, const std::filesystem::path& file,
                                           std::size_t mode);

  ~Listener() { close(); }

  Task<> run(Admit admit);  // until `close`
  void close();

  std::uint16_t port() const { return port_; }  // 0 of a Unix socket

 private:
  explicit Listener(Strand strand) : strand_(strand), acceptor_(strand), timer_(strand) {}

  void admit_pending(const Admit& admit);

  Strand strand_;
  boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, Strand> acceptor_;
  boost::asio::basic_waitable_timer<Wire::Clock, boost::asio::wait_traits<Wire::Clock>, Strand>
      timer_;
  std::uint16_t port_ = 0;
  std::filesystem::path file_;  // of a Unix socket
  std::uint64_t inode_ = 0;     // of that file, so that a successor's is left alone
};

}  // namespace ao::http
