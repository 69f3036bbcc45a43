// A server on a free port of the loopback, and a peer that says any bytes to it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "ao/http/server.hpp"

namespace ao::http {

// Answers with the body of the request and says how it was asked.
inline Task<Response> echo(Request request) {
  Response response;
  response.headers.add("x-method", request.method);
  response.headers.add("x-target", request.target);
  response.headers.add("x-peer", request.peer);
  response.body = std::move(request.body);
  co_return response;
}

inline ServerSettings listening_on(const std::string& address, const Limits& limits = {}) {
  ServerSettings settings;
  settings.listen = address;
  settings.limits = limits;
  return settings;
}

class RunningServer {
 public:
  explicit RunningServer(const Limits& limits = {}, Server::Handler handler = echo,
                         const std::string& address = "127.0.0.1:0")
      : RunningServer(listening_on(address, limits), std::move(handler)) {}

  explicit RunningServer(const ServerSettings& settings, Server::Handler handler = echo)
      : net_("net", 2),
        heavy_("heavy", 1),
        server_(Server::listen(net_, heavy_, settings, std::move(handler))) {
    ended_ = boost::asio::co_spawn(net_.executor(), server_->run(), boost::asio::use_future);
  }

  ~RunningServer() {
    if (ended_.valid()) end();
    net_.join();
  }

  void end(std::chrono::milliseconds grace = std::chrono::milliseconds(0)) {
    server_->stop(grace);
    ended_.get();
  }

  async::Pool& net() { return net_; }
  async::Pool& heavy() { return heavy_; }
  Server& server() { return *server_; }
  std::uint16_t port() const { return server_->port(); }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port()); }

 private:
  async::Pool net_;
  async::Pool heavy_;
  std::unique_ptr<Server> server_;
  std::future<void> ended_;
};

struct Answer {
  int status = 0;  // 0: the server closed before a whole answer
  std::string head;
  std::string body;
};

class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    const int one = 1;  // what is said in pieces arrives in pieces
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const timeval patience{30, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  static RawPeer of(int socket) { return RawPeer(Connected{socket}); }
  RawPeer(RawPeer&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}
  RawPeer& operator=(RawPeer&&) = delete;
  ~RawPeer() {
    if (socket_ >= 0) ::close(socket_);
  }

  // False when the server does not take it all.
  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  Answer hear(bool has_body = true) {
    Answer answer;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos)
      if (!receive()) return answer;
    answer.head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    std::size_t length = 0;
    const std::size_t at = answer.head.find("content-length: ");
    if (has_body && at != std::string::npos) length = std::stoul(answer.head.substr(at + 16));
    while (received_.size() < length)
      if (!receive()) return answer;
    answer.body = received_.substr(0, length);
    received_.erase(0, length);
    answer.status = std::stoi(answer.head.substr(9, 3));
    return answer;
  }

  Answer say_and_hear(std::string_view bytes) {
    say(bytes);
    return hear();
  }

  // So many bytes, fewer when the server closes before.
  std::string hear_bytes(std::size_t count) {
    while (received_.size() < count)
      if (!receive()) break;
    const std::string bytes = received_.substr(0, count);
    received_.erase(0, bytes.size());
    return bytes;
  }

  // Up to `end` and with it; empty when the server closes before.
  std::string hear_until(std::string_view end) {
    std::size_t at = 0;
    while ((at = received_.find(end)) == std::string::npos)
      if (!receive()) return {};
    return hear_bytes(at + end.size());
  }

  // True when the server closed, and said nothing more before.
  bool is_closed() { return received_.empty() && !receive() && received_.empty(); }

 private:
  struct Connected {
    int socket;
  };
  explicit RawPeer(Connected connected) : socket_(connected.socket) {}

  bool receive() {
    char bytes[16384];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    EXPECT_FALSE(count < 0 && errno == EAGAIN) << "the server keeps silent";
    if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  int socket_;
  std::string received_;
};

inline std::string post(std::string_view body, std::string_view fields = {}) {
  return "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

}  // namespace ao::http
