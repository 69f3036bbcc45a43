// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "web_socket_session.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "answer.hpp"
#include "ao/base/log.hpp"
#include "wakeup.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

constexpr std::size_t kInboxMax = 16;  // messages that came and were not taken

// Our handshake has been checked already; Beast wants to see what it needs of it.
beast::http::request<beast::http::empty_body> handshake(const std::string& key) {
  beast::http::request<beast::http::empty_body> request(beast::http::verb::get, "/", 11);
  request.set(beast::http::field::host, "-");
  request.set(beast::http::field::connection, "upgrade");
  request.set(beast::http::field::upgrade, "websocket");
  request.set(beast::http::field::sec_websocket_key, key);
  request.set(beast::http::field::sec_websocket_version, "13");
  return request;
}

// Over a plain socket, or over TLS.
template <class Below>
class Session final : public WebSocketSession {
 public:
  Session(Below& below, Wire& wire, const Limits& limits, const std::string& peer)
      : stream_(below),
        peer_(peer),
        wakeup_(std::make_shared<Wakeup>(wire.strand())),
        room_(std::make_shared<Wakeup>(wire.strand())) {
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = limits.header_timeout;
    timeout.idle_timeout = limits.idle_timeout;
    timeout.keep_alive_pings = true;  // so that only those who have gone are idle
    stream_.set_option(timeout);
    stream_.auto_fragment(false);  // a message is a frame
    stream_.read_message_max(limits.websocket_message_bytes_max);
  }

  Task<> run(const std::string& key, const Response& response) override {
    const auto decorate = [&response](websocket::response_type& answer) {
      answer.erase(beast::http::field::server);
      if (!is_sendable(response)) return;
      for (const Headers::Field& field : response.headers)
        answer.insert(field.name, field.value);
    };
    stream_.set_option(websocket::stream_base::decorator(decorate));
    const auto request = handshake(key);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await stream_.async_accept(request, token);
    if (error) co_return;
    using namespace asio::experimental::awaitable_operators;
    auto both = speak(response) && listen();
    co_await std::move(both);
  }

  Task<bool> send(Bytes piece) override {
    stream_.text(true);
    const bool is_sent = co_await write(piece);
    co_return is_sent;
  }

  Task<bool> send_binary(Bytes piece) override {
    stream_.binary(true);
    const bool is_sent = co_await write(piece);
    co_return is_sent;
  }

  Task<bool> wait(Time until) override {
    if (is_open() && inbox_.empty()) co_await wakeup_->wait(until);
    co_return is_open();
  }

  bool is_open() const override { return !is_closing_ && !is_lost_; }

  Waker waker() override {
    return [wakeup = wakeup_] { wakeup->wake(); };
  }

  std::optional<Message> received() override {
    if (inbox_.empty()) return std::nullopt;
    Message message = std::move(inbox_.front());
    inbox_.pop_front();
    room_->wake();
    return message;
  }

  void close() override {
    is_closing_ = true;
    wakeup_->wake();
  }

 private:
  Task<> speak(const Response& response) {
    auto code = websocket::close_code::normal;
    try {
      auto work = response.conversation(*this);
      co_await std::move(work);
    } catch (const std::exception& failure) {
      code = websocket::close_code::internal_error;
      log::error("http conversation failed", {{"peer", peer_}, {"error", failure.what()}});
    }
    has_ended_ = true;
    room_->wake();
    if (is_lost_) co_return;
    if (is_closing_) code = websocket::close_code::going_away;
    const websocket::close_reason reason(code);
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await stream_.async_close(reason, token);
  }

  Task<> listen() {
    beast::flat_buffer buffer;
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    while (!has_ended_) {
      co_await stream_.async_read(buffer, token);
      if (error) break;
      const auto bytes = buffer.cdata();
      inbox_.push_back(Message{Bytes(static_cast<const char*>(bytes.data()), bytes.size()),
                               stream_.got_binary()});
      buffer.clear();
      wakeup_->wake();
      while (inbox_.size() >= kInboxMax && !has_ended_)
        co_await room_->wait(Time::max());
    }
    if (!has_ended_) lose();
  }

  Task<bool> write(const Bytes& piece) {
    if (is_lost_) co_return false;
    const auto bytes = asio::buffer(piece);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await stream_.async_write(bytes, token);
    if (error) lose();
    co_return !error;
  }

  void lose() {
    is_lost_ = true;
    wakeup_->wake();
  }

  websocket::stream<Below&, false> stream_;  // without compression
  std::string peer_;
  std::shared_ptr<Wakeup> wakeup_;
  std::shared_ptr<Wakeup> room_;  // in the inbox
  std::deque<Message> inbox_;
  bool is_closing_ = false;  // the server stops
  bool is_lost_ = false;     // the client has gone
  bool has_ended_ = false;   // the conversation
};

}  // namespace

std::unique_ptr<WebSocketSession> open_web_socket(Wire& wire, const Limits& limits,
                                                  const std::string& peer) {
  if (Wire::Tls* const tls = wire.tls())
    return std::make_unique<Session<Wire::Tls>>(*tls, wire, limits, peer);
  return std::make_unique<Session<Socket>>(wire.socket(), wire, limits, peer);
}

}  // namespace ao::http
