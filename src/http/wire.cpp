// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "wire.hpp"

#include <sys/socket.h>

#include <array>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>

namespace ao::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::chrono::seconds kCloseDelayMax{2};
constexpr std::size_t kThrownAwayBytesMax = 16 << 20;  // who sends more loses the answer
constexpr std::size_t kThrownAwayAtOnce = 2 << 20;
constexpr std::chrono::milliseconds kThrowAwayPause{20};  // a turn costs more than what it discards

}  // namespace

Wire::Wire(Socket socket, TlsIdentity identity)
    : socket_(std::move(socket)), identity_(std::move(identity)) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // a Unix socket has none
  socket_.non_blocking(true, ignored);
  if (identity_) tls_.emplace(socket_, *identity_);
}

void Wire::wait_until(Time deadline) {
  is_late_ = false;
  deadline_.store(deadline, std::memory_order_relaxed);
}

Task<bool> Wire::shake_hands() {
  if (!tls_) co_return true;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  is_encrypted_ = !error;
  co_return is_encrypted_;
}

Task<std::size_t> Wire::receive(asio::mutable_buffer space) {
  if (is_late_) co_return 0;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t count = 0;
  if (tls_) {
    count = co_await tls_->async_read_some(space, token);
  } else {
    count = co_await socket_.async_read_some(space, token);
  }
  co_return count;
}

// The kernel nearly always takes an answer whole, so the first attempt is made without waiting.
Task<bool> Wire::write(std::string_view head, std::string_view body,
                       std::chrono::seconds stall_max) {
  if (tls_) {
    const bool is_written = co_await write_encrypted(head, body, stall_max);
    co_return is_written;
  }
  while (true) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    error_code error;
    std::size_t sent = socket_.write_some(both, error);
    const std::size_t of_head = std::min(sent, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(sent - of_head);
    if (head.empty() && body.empty()) break;
    if (error == asio::error::would_block) {
      wait_until(Clock::now() + stall_max);
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

// A record at a time. Asio joins small buffers into one record, and does not copy a large one.
Task<bool> Wire::write_encrypted(std::string_view head, std::string_view body,
                                 std::chrono::seconds stall_max) {
  while (!head.empty() || !body.empty()) {
    const std::array<asio::const_buffer, 2> both{asio::buffer(head), asio::buffer(body)};
    const auto rest = asio::buffer(body);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    wait_until(Clock::now() + stall_max);
    std::size_t sent = 0;
    if (head.empty()) {
      sent = co_await tls_->async_write_some(rest, token);
    } else {
      sent = co_await tls_->async_write_some(both, token);
    }
    if (error || is_late_) co_return false;
    const std::size_t of_head = std::min(sent, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(sent - of_head);
  }
  co_return true;
}

Task<> Wire::close_in_order() {
  wait_until(Clock::now() + kCloseDelayMax);
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  if (is_encrypted_) co_await tls_->async_shutdown(token);
  error_code also_ignored;
  socket_.shutdown(Socket::shutdown_send, also_ignored);
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand> pause(strand());
  std::size_t total = 0;
  while (!is_late_ && total < kThrownAwayBytesMax) {
    const auto readable = Socket::wait_read;
    co_await socket_.async_wait(readable, token);
    const std::size_t count = throw_away();
    if (count == 0) break;
    total += count;
    pause.expires_after(kThrowAwayPause);
    co_await pause.async_wait(token);
  }
}

// What is there; 0 when the peer closed. TCP does not even copy what it discards.
std::size_t Wire::throw_away() {
  std::array<char, 64 << 10> unread;
  std::size_t total = 0;
  while (total < kThrownAwayAtOnce) {
    const auto count =
        ::recv(socket_.native_handle(), unread.data(), unread.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (count == 0) return 0;
    if (count < 0) break;
    total += static_cast<std::size_t>(count);
  }
  return total;
}

void Wire::end_wait() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Wire::give_up() {
  is_late_ = true;
  end_wait();
}

void Wire::cut() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace ao::http
