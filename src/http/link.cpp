// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "link.hpp"

#include <openssl/err.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace ao::http {

namespace asio = boost::asio;
using asio::ip::tcp;

// On the same strand, and with a slot of its own: `cut` ends it wherever it waits.
Task<Result<Resolver::Addresses>> Link::find(Resolver& resolver, std::string host, Time deadline) {
  auto work = resolver.resolve(host, deadline);
  auto token =
      asio::bind_cancellation_slot(end_lookup_.slot(), asio::as_tuple(asio::use_awaitable));
  auto [thrown, found] = co_await asio::co_spawn(strand_, std::move(work), token);
  end_lookup_.slot().clear();
  if (is_cut_ || thrown)
    co_return fail(ErrorKind::kUnavailable, "name-failed", "the lookup of " + host + " was ended");
  co_return std::move(found);
}

Task<Link::Failure> Link::connect(Resolver::Addresses addresses, std::uint16_t port,
                                  Time deadline) {
  Failure error = asio::error::host_unreachable;
  for (std::size_t i = 0; i < addresses.size() && !is_cut_; ++i) {
    close();
    tcp_.emplace(strand_);
    const auto left = static_cast<Clock::rep>(addresses.size() - i);
    const Time now = Clock::now();
    tcp_->expires_at(now + std::max(deadline - now, Clock::duration(0)) / left);
    const tcp::endpoint endpoint(addresses[i], port);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await tcp_->async_connect(endpoint, token);
    if (!error) break;
  }
  if (is_cut_) error = asio::error::operation_aborted;
  if (error) {
    close();
    co_return error;
  }
  Failure ignored;
  tcp_->socket().set_option(tcp::no_delay(true), ignored);
  co_return error;
}

Task<Link::Failure> Link::shake_hands(std::shared_ptr<const Trust> trust, Origin origin,
                                      Time deadline, std::string& doubt) {
  trust_ = std::move(trust);
  tls_.emplace(*tcp_, trust_->context());
  trust_->expect(tls_->native_handle(), origin);
  tcp_->expires_at(deadline);
  Failure error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  if (!error) co_return error;
  doubt = Trust::doubt(tls_->native_handle());
  close();
  co_return error;
}

Task<Link::Failure> Link::write(std::string_view head, std::string_view body, Time deadline) {
  const std::array<asio::const_buffer, 2> wire{asio::buffer(head), asio::buffer(body)};
  tcp_->expires_at(deadline);
  Failure error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (tls_) {
    co_await asio::async_write(*tls_, wire, token);
  } else {
    co_await asio::async_write(*tcp_, wire, token);
  }
  co_return error;
}

Task<Link::Failure> Link::receive(asio::mutable_buffer space, Time deadline, std::size_t& count) {
  tcp_->expires_at(deadline);
  Failure error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (tls_) {
    count = co_await tls_->async_read_some(space, token);
  } else {
    count = co_await tcp_->async_read_some(space, token);
  }
  co_return error;
}

void Link::close() {
  tls_.reset();
  tcp_.reset();
}

void Link::cut() {
  is_cut_ = true;
  end_lookup_.emit(asio::cancellation_type::terminal);
  if (tcp_) tcp_->close();
}

}  // namespace ao::http
