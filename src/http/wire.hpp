// The bytes of one accepted connection, plain or through TLS, over TCP or a Unix socket.
//
// Time is watched from outside: a connection says until when it may wait for its peer, and the
// server's sweep ends that wait. So a request costs no timer operation. Everything but `is_overdue`
// runs on the strand.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <optional>

#include "ao/async/pool.hpp"
#include "tls.hpp"

namespace ao::http {

using Strand = boost::asio::strand<boost::asio::thread_pool::executor_type>;
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;

class Wire {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  using Tls = boost::asio::ssl::stream<Socket&>;

  // Plain when there is no `identity`.
  Wire(Socket socket, TlsIdentity identity);

  Strand strand() { return socket_.get_executor(); }

  void wait_until(Time deadline);
  bool is_overdue(Time now) const { return now >= deadline_.load(std::memory_order_relaxed); }
  bool is_late() const { return is_late_; }  // the deadline passed

  Task<bool> shake_hands();  // true at once when plain

  // 0: the peer closed, the deadline passed, or the wait was ended.
  Task<std::size_t> receive(boost::asio::mutable_buffer space);

  // False when the peer has gone, or took nothing for `stall_max`.
  Task<bool> write(std::string_view head, std::string_view body, std::chrono::seconds stall_max);

  // Says that nothing more comes, and throws away what still does, for a moment: a close with
  // unread bytes resets the connection, and the peer may then lose the answer.
  Task<> close_in_order();

  void end_wait();  // of whoever receives or writes; the connection stays
  void give_up();   // as end_wait, since the deadline passed
  void cut();

  Socket& socket() { return socket_; }
  Tls* tls() { return tls_ ? &*tls_ : nullptr; }

 private:
  std::size_t throw_away();
  Task<bool> write_encrypted(std::string_view head, std::string_view body,
                             std::chrono::seconds stall_max);

  Socket socket_;
  TlsIdentity identity_;
  std::optional<Tls> tls_;
  std::atomic<Time> deadline_{Time::max()};
  bool is_late_ = false;
  bool is_encrypted_ = false;  // the handshake is done
};

}  // namespace ao::http
