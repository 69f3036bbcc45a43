// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/hostile_wire.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <stdexcept>

#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

constexpr int kLookEveryMs = 50;  // whether it is to stop
constexpr std::size_t kPouredBytes = 200 << 20;
constexpr std::size_t kRequestBytesMax = 64 << 20;

bool say(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool say_answer(int socket, std::string_view body) {
  return say(socket,
             fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body));
}

std::size_t length_in(const std::string& head) {
  std::string lower = head;
  for (char& c : lower)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t at = lower.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoul(&lower[at + 17], nullptr, 10);
}

}  // namespace

const char* HostileWire::name_of(Manner manner) {
  constexpr std::array kNames{"honest",
                              "never answers",
                              "a byte a second",
                              "closes within bodies",
                              "bodies of 200 MiB",
                              "miscounts bodies",
                              "redirects",
                              "lies",
                              "equivocates"};
  return kNames[static_cast<std::size_t>(manner)];
}

HostileWire::HostileWire(std::uint16_t port, std::uint16_t target, std::uint16_t trap)
    : target_(target), trap_(trap) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 128) != 0)
    throw std::runtime_error("no wire can listen on port " + std::to_string(port));
  thread_ = std::thread([this] { run(); });
}

HostileWire::~HostileWire() {
  stopping_ = true;
  thread_.join();
  for (std::thread& one : serving_)
    one.join();
  ::close(listener_);
}

void HostileWire::run() {
  while (!stopping_) {
    pollfd wait{listener_, POLLIN, 0};
    if (::poll(&wait, 1, kLookEveryMs) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    ++connections_;
    const timeval patience{1, 0};
    ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const std::lock_guard lock(mutex_);
    serving_.emplace_back([this, client] {
      serve(client);
      ::close(client);
    });
  }
}

void HostileWire::serve(int socket) {
  Request request;
  while (read(socket, request) && answer(socket, request))
    request = {};
}

// False when the connection ended before the request did, or nothing is to be read any more.
bool HostileWire::read(int socket, Request& request) {
  std::array<char, 64 << 10> bytes;
  std::string received;
  std::size_t body_at = std::string::npos;
  while (!stopping_) {
    if (body_at == std::string::npos) {
      const std::size_t end = received.find("\r\n\r\n");
      if (end != std::string::npos) body_at = end + 4;
      if (body_at != std::string::npos) request.head = received.substr(0, body_at);
    }
    if (body_at != std::string::npos && received.size() >= body_at + length_in(request.head)) {
      request.body = received.substr(body_at);
      return true;
    }
    pollfd wait{socket, POLLIN, 0};
    if (::poll(&wait, 1, kLookEveryMs) <= 0) continue;
    const auto count = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (count <= 0 || received.size() > kRequestBytesMax) return false;
    received.append(bytes.data(), static_cast<std::size_t>(count));
  }
  return false;
}

bool HostileWire::answer(int socket, const Request& request) {
  const Manner manner = manner_;
  if (manner == Manner::kHonest) return hand_on(socket, request);
  return misbehave(socket, manner, request);
}

bool HostileWire::hand_on(int socket, const Request& request) {
  try {
    RawSocket node(target_);
    if (!node.say(request.head + request.body)) return false;
    const RawAnswer answer = node.hear();
    return answer.status != 0 && say(socket, answer.head + answer.body);
  } catch (const std::runtime_error&) {  // it has stopped
    return false;
  }
}

bool HostileWire::misbehave(int socket, Manner manner, const Request& request) {
  const std::size_t number = ++misdeeds_;
  switch (manner) {
    case Manner::kHonest:
      break;
    case Manner::kNeverAnswers:
      while (wait(socket, kLookEveryMs, manner)) {
      }
      return false;
    case Manner::kDrips: {
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{\"results\":[";
      // Of every second answer the body alone is slow.
      std::size_t at = number % 2 == 0 ? 43 : 0;
      if (!say(socket, answer.substr(0, at))) return false;
      while (wait(socket, 1'000, manner))
        if (!say(socket, at < answer.size() ? answer.substr(at++, 1) : " ")) return false;
      return false;
    }
    case Manner::kCutsBodies:
      say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"results\":[{\"slot\":1}");
      return false;
    case Manner::kPours:
      return pour(socket, manner);
    case Manner::kMiscounts:
      if (number % 2 == 0)
        return say(socket,
                   "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"results\":[{\"slot\":1}]}" +
                       std::string(500, 'x'));
      say(socket, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"results\":[{\"slot\":1}]}");
      while (wait(socket, kLookEveryMs, manner)) {
      }
      return false;
    case Manner::kRedirects: {
      const std::string where = number % 2 == 0 ? "169.254.169.254/latest/meta-data/"
                                                : fmt::format("127.0.0.1:{}/", trap_);
      return say(socket, fmt::format("HTTP/1.1 {} x\r\nLocation: http://{}\r\n"
                                     "Content-Length: 0\r\n\r\n",
                                     number % 3 == 0 ? 302 : 307, where));
    }
    case Manner::kLies:
      return say_answer(socket, lie(request));
    case Manner::kEquivocates:
      if (records_.empty() || !request.is_for("/~peer@1.0/location")) break;
      return say_answer(socket, records_[number % records_.size()]);
  }
  return hand_on(socket, request);
}

// Until the other side closes, or the wire does otherwise.
bool HostileWire::wait(int socket, int milliseconds, Manner manner) {
  for (int waited = 0; waited < milliseconds; waited += kLookEveryMs) {
    pollfd wait{socket, POLLRDHUP, 0};
    if (stopping_ || manner_ != manner || ::poll(&wait, 1, kLookEveryMs) > 0) return false;
  }
  return true;
}

bool HostileWire::pour(int socket, Manner manner) {
  const bool is_announced = misdeeds_ % 2 == 0;
  const std::string part(64 << 10, ' ');
  say(socket, is_announced
                  ? fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kPouredBytes)
                  : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = is_announced ? part : fmt::format("{:x}\r\n{}\r\n", part.size(), part);
  for (std::size_t poured = 0; poured < kPouredBytes; poured += part.size())
    if (stopping_ || manner_ != manner || !say(socket, chunk)) return false;
  return false;
}

// What cannot be true of these messages, or is no answer to the question.
std::string HostileWire::lie(const Request& request) {
  const std::size_t number = misdeeds_;
  if (!request.is_for("/~peer@1.0/messages"))
    return number % 2 == 0 ? "aog\x01" + std::string(1'000, '\xff') : std::string(2'000, 'x');
  std::size_t count = 0;  // little-endian, in the first bytes of a bundle
  for (std::size_t i = 0; i < 4 && i < request.body.size(); ++i)
    count |= std::size_t{static_cast<unsigned char>(request.body[i])} << (8 * i);
  const std::vector<std::string> fates{
      R"({"slot":-1})", R"({"slot":"7"})", R"({"slot":1.5})", R"({"slot":null})", "{}", "7",
      R"({"error":{}})"};
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += (i == 0 ? "" : ",") + fates[(number + i) % fates.size()];
  switch (number % 5) {
    case 0:
      return R"({"results":[]})";
    case 1:
      return R"({"results":{"slot":1}})";
    case 2:
      return std::string(100'000, '[');
    case 3:
      return R"({"results":[)" + all + R"(,{"slot":1}]})";
    default:
      return R"({"results":[)" + all + "]}";
  }
}

}  // namespace ao::test
