// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/load.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>

namespace ao::bench {
namespace {

constexpr std::string_view kLengthField = "content-length: ";

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {
    if (number < 0) throw std::runtime_error("out of file descriptors");
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

// Blocking writes: a request fits the socket's buffer. Reads happen when there is something.
class Line {
 public:
  explicit Line(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("the server takes no connection");
    const int yes = 1;
    ::setsockopt(number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }

  int number() const { return socket_.number(); }

  void send(const std::string& request) {
    received_.clear();
    expected_ = 0;
    std::size_t sent = 0;
    while (sent < request.size()) {
      const auto count =
          ::send(number(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) throw std::runtime_error("the server closed a connection");
      sent += static_cast<std::size_t>(count);
    }
  }

  // True when the answer is complete.
  bool receive() {
    std::array<char, 16 << 10> chunk;
    const auto count = ::recv(number(), chunk.data(), chunk.size(), 0);
    if (count <= 0) throw std::runtime_error("the server closed a connection");
    received_.append(chunk.data(), static_cast<std::size_t>(count));
    if (expected_ == 0) find_length();
    return expected_ != 0 && received_.size() >= expected_;
  }

  const std::string& answer() const { return received_; }
  std::size_t body_bytes() const { return received_.size() - body_at_; }

 private:
  void find_length() {
    const std::size_t end = received_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    std::string head = received_.substr(0, end + 2);
    std::ranges::transform(head, head.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    const std::size_t field = head.find(kLengthField);
    if (field == std::string::npos) throw std::runtime_error("an answer has no length");
    body_at_ = end + 4;
    expected_ = body_at_ + std::stoull(head.substr(field + kLengthField.size()));
  }

  Descriptor socket_;
  std::string received_;
  std::size_t body_at_ = 0;
  std::size_t expected_ = 0;  // 0 until the head is there
};

}  // namespace

LoadReport send_all(std::uint16_t port, const std::vector<std::string>& requests,
                    std::size_t connections) {
  const Descriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  std::vector<std::unique_ptr<Line>> lines;
  for (std::size_t i = 0; i < std::min(connections, requests.size()); ++i) {
    lines.push_back(std::make_unique<Line>(port));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    ::epoll_ctl(epoll.number(), EPOLL_CTL_ADD, lines.back()->number(), &event);
  }
  LoadReport report;
  std::size_t next = 0;
  const auto began = std::chrono::steady_clock::now();
  for (auto& line : lines)
    line->send(requests[next++]);
  std::array<epoll_event, 64> events;
  while (report.answers < requests.size()) {
    const int count = ::epoll_wait(epoll.number(), events.data(), events.size(), 60'000);
    if (count <= 0) throw std::runtime_error("the server gave no answer for a minute");
    for (int i = 0; i < count; ++i) {
      Line& line = *lines[events[static_cast<std::size_t>(i)].data.u64];
      if (!line.receive()) continue;
      ++report.answers;
      report.body_bytes += line.body_bytes();
      if (!line.answer().starts_with("HTTP/1.1 200") && report.refusals++ == 0)
        report.refusal = line.answer();
      if (next < requests.size()) line.send(requests[next++]);
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  report.seconds = took.count();
  return report;
}

std::string get_request(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: */*\r\n\r\n";
}

std::string post_request(const std::string& target, const std::string& item) {
  return "POST " + target +
         " HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/ans104\r\n"
         "codec-device: ans104@1.0\r\ncontent-length: " +
         std::to_string(item.size()) + "\r\n\r\n" + item;
}

}  // namespace ao::bench
