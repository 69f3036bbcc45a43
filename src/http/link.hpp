// The bytes of one connection that this node makes, plain or through TLS.
//
// Everything runs on the strand, one operation at a time, each until a deadline of its own: then
// it ends with beast::error::timeout. A link can be opened again after it was closed, and not
// after it was cut, which ends whatever goes on with operation_aborted.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>

#include "ao/http/resolver.hpp"
#include "trust.hpp"

namespace ao::http {

class Link {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;
  using Failure = boost::system::error_code;

  explicit Link(Strand strand) : strand_(std::move(strand)) {}

  const Strand& strand() const { return strand_; }
  bool is_open() const { return tcp_.has_value(); }
  bool is_cut() const { return is_cut_; }

  Task<Result<Resolver::Addresses>> find(Resolver& resolver, std::string host, Time deadline);

  // One after the other; each gets its share of the time that is left.
  Task<Failure> connect(Resolver::Addresses addresses, std::uint16_t port, Time deadline);

  // Afterwards the bytes are encrypted. `doubt` gets why the certificate was not believed, if so.
  Task<Failure> shake_hands(std::shared_ptr<const Trust> trust, Origin origin, Time deadline,
                            std::string& doubt);

  Task<Failure> write(std::string_view head, std::string_view body, Time deadline);

  // `count` gets the number of bytes, at least one unless it fails.
  Task<Failure> receive(boost::asio::mutable_buffer space, Time deadline, std::size_t& count);

  void close();
  void cut();

 private:
  using Tls = boost::asio::ssl::stream<boost::beast::tcp_stream&>;

  Strand strand_;
  bool is_cut_ = false;
  boost::asio::cancellation_signal end_lookup_;
  std::optional<boost::beast::tcp_stream> tcp_;
  std::shared_ptr<const Trust> trust_;  // outlives what it agreed to
  std::optional<Tls> tls_;
};

}  // namespace ao::http
