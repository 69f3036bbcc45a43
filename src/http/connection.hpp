// One accepted connection: requests in, handler, answers out, in order, on a strand of its own.
//
// Time is watched from outside: a connection says until when it may wait for its peer, and the
// server's sweep ends that wait. So a request costs no timer operation.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>

#include "answer.hpp"
#include "head.hpp"
#include "pace.hpp"

namespace ao::http {

using Strand = boost::asio::strand<boost::asio::thread_pool::executor_type>;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Strand>;

// What all connections of a server share; outlives them.
struct Service {
  Limits limits;
  Server::Handler handler;
  std::atomic<std::uint64_t> rejected{0};
  std::atomic<bool> is_stopping{
      false};  // answers made from now on are the last of their connection
};

class Connection {
 public:
  using Time = Pace::Time;

  Connection(Socket socket, boost::asio::ip::address peer, Service& service);

  const boost::asio::ip::address& peer() const { return peer_; }
  Strand strand() { return socket_.get_executor(); }

  bool is_overdue(Time now) const { return now >= deadline_.load(std::memory_order_relaxed); }

  // These run on the strand.
  Task<> run();                // until the connection is closed
  void end_wait_if_overdue();  // after the sweep saw it overdue
  void drain();                // ends after the request that was begun, if any
  void cut();

 private:
  using Buffers = boost::beast::flat_buffer;

  Task<bool> exchange();
  Task<std::expected<Head, Refusal>> read_head();
  Task<std::expected<Bytes, Refusal>> read_body(const Head& head);
  Task<std::expected<Bytes, Refusal>> read_counted(std::size_t length);
  Task<std::expected<Bytes, Refusal>> read_chunked();
  Task<Response> respond(Request request);
  Task<> refuse_request(const Refusal& refusal);
  Task<bool> send(std::string_view method, const Response& response, After after);
  Task<bool> write(std::string_view head, std::string_view body);
  Task<> close_in_order();
  Task<std::size_t> receive(boost::asio::mutable_buffer space);
  Task<std::size_t> receive_into_buffer(std::size_t bytes_min);

  std::string_view buffered() const;
  void wait_until(Time deadline);
  void pace_body(std::size_t bytes);
  std::unexpected<Refusal> no_bytes(std::string_view awaited) const;
  void shrink();

  Socket socket_;
  boost::asio::ip::address peer_;
  std::string peer_text_;
  Service& service_;
  Buffers buffer_;    // received and not yet used
  std::string head_;  // of the answer being sent
  std::atomic<Time> deadline_{Time::max()};
  Time request_begin_;
  std::optional<Pace> pace_;  // while a body is read
  std::size_t body_bytes_ = 0;
  bool is_fresh_ = true;  // no request came yet
  bool is_idle_ = false;  // between requests
  bool is_late_ = false;  // the deadline passed
  bool is_draining_ = false;
};

}  // namespace ao::http
