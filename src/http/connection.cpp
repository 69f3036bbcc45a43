// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "ao/base/log.hpp"
#include "chunks.hpp"
#include "connection_counts.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// What an idle connection holds; a submitted message of 2 kB arrives in one read.
constexpr std::size_t kBufferBytes = 4 << 10;
constexpr std::size_t kBulkBytes = 64 << 10;
// A closing connection reads on for so long, because a close with unread bytes resets the
// connection, and the peer may then lose the answer.
constexpr std::chrono::seconds kCloseDelayMax{2};

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

Refusal handler_failed() {
  return Refusal{500, "internal", "the request failed inside the node; its log says why"};
}

void log_failure(const std::string& method, const std::string& target, const char* error) {
  log::error("http handler failed", {{"method", method}, {"target", target}, {"error", error}});
}

}  // namespace

Connection::Connection(Socket socket, asio::ip::address peer, Service& service)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      peer_text_(peer_.to_string()),
      service_(service) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

Task<> Connection::run() {
  try {
    bool is_open = true;
    while (is_open)
      is_open = co_await exchange();
  } catch (const std::exception& failure) {
    log::error("http connection failed", {{"peer", peer_text_}, {"error", failure.what()}});
  }
  cut();
}

// One request and its answer. False when there is to be no other.
Task<bool> Connection::exchange() {
  auto head = co_await read_head();
  if (!head) {
    co_await refuse_request(head.error());
    co_return false;
  }
  auto body = co_await read_body(*head);
  if (!body) {
    co_await refuse_request(body.error());
    co_return false;
  }
  wait_until(Time::max());

  Request& request = head->request;
  request.body = std::move(*body);
  request.peer = peer_text_;
  request.network = network_of(peer_);
  const std::string method = request.method;
  auto handling = respond(std::move(request));
  const Response response = co_await std::move(handling);

  const bool keeps = head->keep_alive && !service_.is_stopping && !asks_to_close(response);
  const After after = keeps ? After::kKeep : After::kClose;
  const bool sent = co_await send(method, response, after);
  if (sent && keeps) co_return true;
  if (sent) co_await close_in_order();
  co_return false;
}

Task<std::expected<Head, Refusal>> Connection::read_head() {
  const Limits& limits = service_.limits;
  Time now = Clock::now();
  if (buffer_.size() == 0) {
    if (is_draining_) co_return hang_up();
    shrink();
    wait_until(now + (is_fresh_ ? limits.header_timeout : limits.idle_timeout));
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
  wait_until(now + std::min(limits.header_timeout, limits.request_timeout));

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

Task<std::expected<Bytes, Refusal>> Connection::read_body(const Head& head) {
  const bool is_counted = head.framing == Framing::kLength;
  if (is_counted && buffer_.size() >= head.content_length) {
    Bytes body(buffered().substr(0, head.content_length));
    buffer_.consume(head.content_length);
    co_return body;
  }
  if (head.expects_continue && buffer_.size() == 0) {
    const std::string_view no_body;
    const bool sent = co_await write(kContinue, no_body);
    if (!sent) co_return hang_up();
  }
  const Limits& limits = service_.limits;
  pace_.emplace(limits.body_bytes_per_second_min, limits.body_progress_window, Clock::now());
  pace_body(0);
  auto reading = is_counted ? read_counted(head.content_length) : read_chunked();
  auto body = co_await std::move(reading);
  pace_.reset();
  co_return body;
}

// Memory follows what arrived, not what was announced.
Task<std::expected<Bytes, Refusal>> Connection::read_counted(std::size_t length) {
  Bytes body(buffered());
  buffer_.consume(body.size());
  std::size_t received = body.size();
  while (received < length) {
    if (received == body.size())
      body.resize(std::min(length, std::max(kBulkBytes, 2 * body.size())));
    const auto space = asio::buffer(body.data() + received, body.size() - received);
    const std::size_t count = co_await receive(space);
    if (count == 0) co_return no_bytes("the body");
    received += count;
    body_bytes_ = received;
  }
  co_return body;
}

Task<std::expected<Bytes, Refusal>> Connection::read_chunked() {
  Bytes body;
  ChunkDecoder decoder(service_.limits);
  while (true) {
    const auto taken = decoder.feed(buffered(), body);
    if (!taken) co_return std::unexpected(taken.error());
    buffer_.consume(*taken);
    if (decoder.done()) co_return body;
    body_bytes_ = body.size();
    const std::size_t room = body.size() < kBulkBytes ? kBufferBytes : kBulkBytes;
    const std::size_t count = co_await receive_into_buffer(room);
    if (count == 0) co_return no_bytes("the body");
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
  wait_until(Time::max());
  const Response answer = error_answer(refusal);
  const bool sent = co_await send("GET", answer, After::kClose);
  if (sent) co_await close_in_order();
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
  const bool written = co_await write(head_, body);
  co_return written&& is_sendable;
}

// The kernel nearly always takes an answer whole, so the first attempt is made without waiting.
Task<bool> Connection::write(std::string_view head, std::string_view body) {
  while (true) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    error_code error;
    std::size_t sent = socket_.write_some(both, error);
    const std::size_t of_head = std::min(sent, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(sent - of_head);
    if (head.empty() && body.empty()) break;
    if (error == asio::error::would_block) {
      wait_until(Clock::now() + service_.limits.idle_timeout);
      error = {};
      const auto writable = Socket::wait_write;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      co_await socket_.async_wait(writable, token);
      if (is_late_) co_return false;
    }
    if (error) co_return false;
  }
  co_return true;
}

Task<> Connection::close_in_order() {
  error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  wait_until(Clock::now() + kCloseDelayMax);
  std::size_t count = 1;
  while (count > 0) {
    buffer_.clear();
    count = co_await receive_into_buffer(kBufferBytes);
  }
}

// 0: the peer closed, the deadline passed, or the server cut the connection.
Task<std::size_t> Connection::receive(asio::mutable_buffer space) {
  if (is_late_) co_return 0;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::size_t count = co_await socket_.async_read_some(space, token);
  co_return count;
}

Task<std::size_t> Connection::receive_into_buffer(std::size_t room) {
  const asio::mutable_buffer space = buffer_.prepare(room);
  const std::size_t count = co_await receive(space);
  buffer_.commit(count);
  co_return count;
}

std::string_view Connection::buffered() const {
  const auto data = buffer_.cdata();
  return {static_cast<const char*>(data.data()), data.size()};
}

void Connection::wait_until(Time deadline) {
  is_late_ = false;
  deadline_.store(deadline, std::memory_order_relaxed);
}

void Connection::pace_body(std::size_t bytes) {
  body_bytes_ = bytes;
  wait_until(std::min(pace_->window_end(), request_begin_ + service_.limits.request_timeout));
}

void Connection::end_wait_if_overdue() {
  const Time now = Clock::now();
  if (!is_overdue(now)) return;
  const bool has_time = now < request_begin_ + service_.limits.request_timeout;
  if (pace_ && has_time && pace_->is_kept(body_bytes_, now)) {
    pace_body(body_bytes_);
    return;
  }
  is_late_ = true;
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::drain() {
  is_draining_ = true;
  error_code ignored;
  if (is_idle_) socket_.cancel(ignored);
}

void Connection::cut() {
  error_code ignored;
  socket_.close(ignored);
}

std::unexpected<Refusal> Connection::no_bytes(std::string_view awaited) const {
  if (!is_late_) return hang_up();
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
