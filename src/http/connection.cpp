// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "ao/base/log.hpp"
#include "content.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using Clock = Wire::Clock;

// What an idle connection holds; a submitted message of 2 kB arrives in one read.
constexpr std::size_t kBufferBytes = 4 << 10;

// How long nothing is read of a client that was told to come back later.
constexpr std::chrono::seconds kRest{1};

Response upgrade_required() {
  const Refusal refusal{426,
                        "websocket-required",
                        "this path speaks WebSocket, version 13: ask for it as RFC 6455 says",
                        {}};
  Response response = error_answer(refusal, After::kKeep);
  response.headers.add("upgrade", "websocket");
  response.headers.add("sec-websocket-version", "13");
  return response;
}

std::string text_of(const Peer& peer) {
  return peer ? peer->to_string() : "unix";
}

void log_failure(const std::string& method, const std::string& target, const char* error) {
  log::error("http handler failed", {{"method", method}, {"target", target}, {"error", error}});
}

}  // namespace

Connection::Connection(Socket socket, TlsIdentity identity, Peer peer, Service& service)
    : wire_(std::move(socket), std::move(identity)),
      peer_(std::move(peer)),
      peer_text_(text_of(peer_)),
      is_peer_trusted_(service.proxies.trust(peer_)),
      service_(service),
      rest_(wire_.strand()) {}

Task<> Connection::run() {
  try {
    bool is_open = co_await begin();
    while (is_open) {
      if (buffer_.size() > 0) co_await give_way();
      is_open = co_await exchange();
    }
  } catch (const std::exception& failure) {
    log::error("http connection failed", {{"peer", peer_text_}, {"error", failure.what()}});
  }
  cut();
}

Task<bool> Connection::begin() {
  wire_.wait_until(Clock::now() + service_.limits.header_timeout);
  const bool is_greeted = co_await wire_.shake_hands();
  if (!is_greeted) service_.handshakes_failed.fetch_add(1, std::memory_order_relaxed);
  co_return is_greeted;
}

// The next request is here already: it waits until those of other connections had their turn.
Task<> Connection::give_way() {
  const auto strand = wire_.strand();
  co_await asio::post(strand, asio::use_awaitable);
}

// One request and its answer. False when there is to be no other.
Task<bool> Connection::exchange() {
  auto head = co_await read_head();
  if (!head) {
    co_await refuse_request(head.error());
    co_return false;
  }
  Request& request = head->request;
  name_client(request);
  const auto admitted = service_.admit(request.network);
  if (!admitted && head->has_body()) {
    co_await refuse_request(admitted.error());
    co_return false;
  }
  auto body = co_await read_body(*head);
  if (!body) {
    co_await refuse_request(body.error());
    co_return false;
  }
  wire_.wait_until(Time::max());

  request.body = std::move(*body);
  std::string& key = head->wishes.web_socket_key;
  if (!key.empty() && !asks_for_web_socket(request)) key.clear();
  const std::string method = request.method;
  Response response;
  if (admitted) {
    auto handling = respond(std::move(request));
    response = co_await std::move(handling);
  } else {
    response = error_answer(admitted.error(), After::kKeep);
  }
  if (response.later) {
    auto made = answer_later(std::move(response));
    response = co_await std::move(made);
  }
  request.method = method;

  if (!response.stream && !response.conversation &&
      is_adaptable(method, response, service_.compression_bytes_min))
    co_await adapt_to(*head, response);
  const bool is_kept = co_await deliver(*head, response);
  if (is_kept && response.status == 429) co_await hold_off();
  co_return is_kept;
}

// Who was told to come back later and does not wait for that would have the node do nothing but
// refuse: so nothing is read of it for a while. A proxy has others behind it, who were told
// nothing.
Task<> Connection::hold_off() {
  if (is_peer_trusted_ || is_draining_) co_return;
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  rest_.expires_after(kRest);
  co_await rest_.async_wait(token);
}

Task<> Connection::adapt_to(const Head& head, Response& response) {
  const auto work = [&] {
    adapt(head.request.method, head.wishes, service_.compression_bytes_min, response);
    return true;
  };
  if (response.body.size() < kLargeBytes) {
    work();
  } else {
    co_await async::run_on(service_.heavy->executor(), work);
  }
}

// False when there is to be no other request.
Task<bool> Connection::deliver(const Head& head, Response& response) {
  if (response.conversation && !head.wishes.web_socket_key.empty()) {
    co_await converse(head, response);
    co_return false;
  }
  if (response.conversation) response = upgrade_required();
  const bool keeps = head.keep_alive && !service_.is_stopping && !asks_to_close(response);
  const After after = keeps ? After::kKeep : After::kClose;
  bool sent = false;
  if (response.stream) {
    sent = co_await send_stream(head, response, after);
  } else {
    sent = co_await send(head.request.method, response, after);
  }
  if (sent && keeps) co_return true;
  if (sent) co_await wire_.close_in_order();
  co_return false;
}

void Connection::name_client(Request& request) const {
  const Peer client = is_peer_trusted_ ? service_.proxies.client(peer_, request.headers) : peer_;
  request.peer = is_peer_trusted_ ? text_of(client) : peer_text_;
  if (client) request.network = network_of(*client);
}

Task<std::expected<Head, Refusal>> Connection::read_head() {
  const Limits& limits = service_.limits;
  Time now = Clock::now();
  if (buffer_.size() == 0) {
    if (is_draining_) co_return hang_up();
    shrink();
    wire_.wait_until(now + (is_fresh_ ? limits.header_timeout : limits.idle_timeout));
    is_idle_ = true;
    const std::size_t count = co_await receive_into_buffer(kBufferBytes);
    is_idle_ = false;
    // A connection that was idle ends without a word: it would answer the next request.
    if (count == 0 && !is_fresh_) co_return hang_up();
    if (count == 0) co_return no_bytes("the header");
    now = Clock::now();
  }
  is_fresh_ = false;
  request_begin_ = now;
  wire_.wait_until(now + std::min(limits.header_timeout, limits.request_timeout));

  HeadScanner scanner(limits);
  while (true) {
    const auto length = scanner.scan(buffered());
    if (!length) co_return std::unexpected(length.error());
    if (*length > 0) {
      auto head = parse_head(buffered().substr(0, *length), limits);
      buffer_.consume(*length);
      co_return head;
    }
    const std::size_t held = buffer_.size();
    const std::size_t room = held < kBufferBytes ? kBufferBytes - held : held;
    const std::size_t count = co_await receive_into_buffer(room);
    if (count == 0) co_return no_bytes("the header");
  }
}

Task<Response> Connection::respond(Request request) {
  const std::string method = request.method;
  const std::string target = request.target;
  try {
    auto handling = service_.handler(std::move(request));
    Response response = co_await std::move(handling);
    co_return response;
  } catch (const std::exception& failure) {
    log_failure(method, target, failure.what());
  }
  co_return error_answer(handler_failed());
}

Task<> Connection::refuse_request(const Refusal& refusal) {
  if (refusal.status == 0) co_return;
  service_.rejected.fetch_add(1, std::memory_order_relaxed);
  wire_.wait_until(Time::max());
  const Response answer = error_answer(refusal);
  const bool sent = co_await send("GET", answer, After::kClose);
  if (sent) co_await wire_.close_in_order();
}

Task<bool> Connection::send(std::string_view method, const Response& response, After after) {
  head_.clear();
  std::string_view body = response.body;
  Response failure;
  const bool is_sendable = append_head(head_, method, response, after);
  if (!is_sendable) {
    log::error("http answer not sendable", {{"status", response.status}});
    failure = error_answer(handler_failed());
    body = failure.body;
    append_head(head_, method, failure, After::kClose);
  }
  if (!carries_body(method, response.status)) body = {};
  const bool written = co_await wire_.write(head_, body, service_.limits.idle_timeout);
  const bool is_written_whole = written && is_sendable;
  co_return is_written_whole;
}

Task<std::size_t> Connection::receive_into_buffer(std::size_t room) {
  const asio::mutable_buffer space = buffer_.prepare(room);
  const std::size_t count = co_await wire_.receive(space);
  buffer_.commit(count);
  co_return count;
}

std::string_view Connection::buffered() const {
  const auto data = buffer_.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

void Connection::end_wait_if_overdue() {
  const Time now = Clock::now();
  if (!is_overdue(now)) return;
  const bool has_time = now < request_begin_ + service_.limits.request_timeout;
  if (pace_ && has_time && pace_->is_kept(body_bytes_, now)) {
    pace_body(body_bytes_);
    return;
  }
  wire_.give_up();
}

void Connection::drain() {
  is_draining_ = true;
  if (is_idle_) wire_.end_wait();
  rest_.cancel();
  if (end_live_) end_live_();
}

std::unexpected<Refusal> Connection::no_bytes(std::string_view awaited) const {
  if (!wire_.is_late()) return hang_up();
  const Limits& limits = service_.limits;
  return refuse(408, "request-too-slow",
                fmt::format("{} did not arrive in time: {} s for the header, {} s in all, {} bytes "
                            "of the body a second",
                            awaited, limits.header_timeout.count(), limits.request_timeout.count(),
                            limits.body_bytes_per_second_min));
}

void Connection::shrink() {
  if (buffer_.capacity() > kBufferBytes) {
    buffer_.clear();
    buffer_.shrink_to_fit();
  }
  if (head_.capacity() > kBufferBytes) {
    head_.clear();
    head_.shrink_to_fit();
  }
}

}  // namespace ao::http
