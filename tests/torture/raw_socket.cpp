// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ao::test {
namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";

sockaddr_in loopback(Source source, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(127u << 24 | static_cast<unsigned>(source.net) << 8 |
                                  static_cast<unsigned>(source.host));
  return address;
}

}  // namespace

std::string RawAnswer::code() const {
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("error")) return {};
  const auto& error = answer["error"];
  return error.is_object() ? error.value("code", "") : "";
}

std::string RawAnswer::field(const std::string& name) const {
  std::string lower = head;  // proxies write names as they like
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::size_t at = lower.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return lower.substr(begin, lower.find("\r\n", begin) - begin);
}

RawSocket::RawSocket(std::uint16_t port, Source from)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
  const auto here = loopback(from, 0);
  const auto there = loopback({}, port);
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
      ::connect(socket_, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
    const std::string why = std::strerror(errno);
    close();
    throw std::runtime_error("no connection to 127.0.0.1:" + std::to_string(port) + ": " + why);
  }
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  // Of what it sends the most stays with the node's side, not with ours, in the same kernel.
  const int unsent_bytes = 128 << 10;
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUF, &unsent_bytes, sizeof unsent_bytes);
  const timeval patience{kPatience.count() / 1000, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  if (this != &other) {
    close();
    socket_ = std::exchange(other.socket_, -1);
    is_closed_ = other.is_closed_;
    received_ = std::move(other.received_);
  }
  return *this;
}

bool RawSocket::say(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t RawSocket::offer(std::string_view bytes) {
  const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<std::size_t>(sent) : 0;
}

RawAnswer RawSocket::hear(Milliseconds patience) {
  RawAnswer answer;
  std::size_t end = 0;
  while ((end = received_.find(kHeadEnd)) == std::string::npos)
    if (!receive(patience)) return answer;
  answer.head = received_.substr(0, end + kHeadEnd.size());
  const std::string length_field = answer.field("content-length");
  const std::size_t length = length_field.empty() ? 0 : std::stoul(length_field);
  while (received_.size() < answer.head.size() + length)
    if (!receive(patience)) return answer;
  answer.body = received_.substr(answer.head.size(), length);
  received_.erase(0, answer.head.size() + length);
  if (answer.head.starts_with("HTTP/1.1 ")) answer.status = std::atoi(&answer.head[9]);
  return answer;
}

bool RawSocket::hears_end(Milliseconds patience) {
  return received_.empty() && !receive(patience) && is_closed_;
}

bool RawSocket::hear_all(std::string& bytes, Milliseconds patience) {
  while (receive(patience)) {
  }
  bytes = std::exchange(received_, {});
  return is_closed_;
}

void RawSocket::discard() {
  std::array<char, 64 << 10> bytes;
  while (::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {
  }
}

void RawSocket::end_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void RawSocket::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void RawSocket::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool RawSocket::receive(Milliseconds patience) {
  pollfd wanted{socket_, POLLIN, 0};
  if (::poll(&wanted, 1, static_cast<int>(patience.count())) <= 0) return false;
  std::array<char, 64 << 10> bytes;
  const auto count = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (count > 0) received_.append(bytes.data(), static_cast<std::size_t>(count));
  if (count <= 0) is_closed_ = true;
  return count > 0;
}

}  // namespace ao::test
