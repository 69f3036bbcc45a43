// One accepted connection: requests in, handler, answers out, in order, on a strand of its own.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <optional>

#include "answer.hpp"
#include "head.hpp"
#include "live_body.hpp"
#include "pace.hpp"
#include "service.hpp"
#include "wire.hpp"

namespace ao::http {

class BodyLease;

class Connection {
 public:
  using Time = Wire::Time;

  Connection(Socket socket, TlsIdentity identity, Peer peer, Service& service);

  const Peer& peer() const { return peer_; }
  Strand strand() { return wire_.strand(); }

  bool is_overdue(Time now) const { return wire_.is_overdue(now); }

  // These run on the strand.
  Task<> run();                // until the connection is closed
  void end_wait_if_overdue();  // after the sweep saw it overdue
  void drain();                // ends after the request that was begun, if any
  void cut() { wire_.cut(); }

 private:
  using Buffers = boost::beast::flat_buffer;

  Task<bool> begin();
  Task<> give_way();
  Task<bool> exchange();
  void name_client(Request& request) const;
  Task<std::expected<Head, Refusal>> read_head();
  Task<std::expected<Bytes, Refusal>> read_body(const Head& head);
  Task<std::expected<Bytes, Refusal>> read_counted(std::size_t length, BodyLease& lease);
  Task<std::expected<Bytes, Refusal>> read_chunked(BodyLease& lease);
  Task<Response> respond(Request request);
  Task<> refuse_request(const Refusal& refusal);
  Task<> adapt_to(const Head& head, Response& response);
  Task<bool> deliver(const Head& head, Response& response);
  Task<bool> send(std::string_view method, const Response& response, After after);
  Task<> hold_off();

  Task<bool> send_stream(const Head& head, const Response& response, After after);
  Task<bool> produce(const Response& response, LiveBody& body);
  Task<Response> answer_later(Response promised);
  Task<Response> make(const Response& promised, Attendance& attendance);
  Task<> watch(Attendance& attendance);
  Task<> converse(const Head& head, const Response& response);

  Task<std::size_t> receive_into_buffer(std::size_t bytes_min);
  std::string_view buffered() const;
  void pace_body(std::size_t bytes);
  std::unexpected<Refusal> no_bytes(std::string_view awaited) const;
  void shrink();

  Wire wire_;
  Peer peer_;
  std::string peer_text_;
  bool is_peer_trusted_;
  Service& service_;
  Buffers buffer_;    // received and not yet used
  std::string head_;  // of the answer being sent
  Time request_begin_;
  std::optional<Pace> pace_;  // while a body is read
  boost::asio::basic_waitable_timer<Wire::Clock, boost::asio::wait_traits<Wire::Clock>, Strand>
      rest_;
  std::size_t body_bytes_ = 0;
  std::function<void()> end_live_;  // while an answer is made over time
  bool is_fresh_ = true;            // no request came yet
  bool is_idle_ = false;            // between requests
  bool is_draining_ = false;
};

}  // namespace ao::http
