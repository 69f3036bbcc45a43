// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/faulty_proxy.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

namespace ao::test {
namespace {

constexpr int kLookEveryMs = 5;  // at what `set` said
constexpr std::size_t kHeldMax = 1 << 20;

sockaddr_in on_loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connected_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = on_loopback(port);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return socket;
  ::close(socket);
  return -1;
}

// What was read and is not written yet. False when the connection has ended.
bool read_into(std::string& held, int from) {
  std::array<char, 64 << 10> bytes;
  const ssize_t count = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return false;
  if (count > 0) held.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

bool write_from(std::string& held, int to) {
  const ssize_t count = ::send(to, held.data(), held.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return false;
  if (count > 0) held.erase(0, static_cast<std::size_t>(count));
  return true;
}

}  // namespace

struct FaultyProxy::Connection {
  int client = -1, node = -1;
  std::string to_node, to_client;

  Connection(int from, int to) : client(from), node(to) {}
  ~Connection() {
    ::close(client);
    ::close(node);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
};

FaultyProxy::FaultyProxy(std::uint16_t port, std::uint16_t target) : target_(target) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const sockaddr_in address = on_loopback(port);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 128) != 0)
    throw std::runtime_error("no proxy can listen on port " + std::to_string(port));
  thread_ = std::thread([this] { run(); });
}

FaultyProxy::~FaultyProxy() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
}

void FaultyProxy::run() {
  std::list<Connection> connections;
  std::vector<pollfd> waits;
  while (!stopping_) {
    const Wire wire = wire_;
    if (wire == Wire::kCut) connections.clear();
    waits.assign(1, {listener_, POLLIN, 0});
    if (wire != Wire::kSilent)
      for (const Connection& one : connections) {
        const auto wanted = [](const std::string& in, const std::string& out) {
          return static_cast<short>((in.size() < kHeldMax ? POLLIN : 0) |
                                    (out.empty() ? 0 : POLLOUT));
        };
        waits.push_back({one.client, wanted(one.to_node, one.to_client), 0});
        waits.push_back({one.node, wanted(one.to_client, one.to_node), 0});
      }
    ::poll(waits.data(), waits.size(), kLookEveryMs);
    if (wire != Wire::kSilent) {
      std::size_t at = 1;
      for (auto one = connections.begin(); one != connections.end(); at += 2) {
        bool lives = true;
        if (waits[at].revents != 0)
          lives = read_into(one->to_node, one->client) && write_from(one->to_client, one->client);
        if (lives && (waits[at + 1].revents != 0 || !one->to_node.empty()))
          lives = read_into(one->to_client, one->node) && write_from(one->to_node, one->node);
        if (lives && !one->to_client.empty() && wire == Wire::kLosesAnswers) {
          ++answers_lost_;
          lives = false;
        }
        if (lives && !one->to_client.empty()) lives = write_from(one->to_client, one->client);
        one = lives ? std::next(one) : connections.erase(one);
      }
    }
    if ((waits[0].revents & POLLIN) != 0) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      const int node = wire == Wire::kCut ? -1 : connected_to(target_);
      if (node < 0) {
        ::close(client);
      } else {
        connections.emplace_back(client, node);
      }
    }
  }
}

}  // namespace ao::test
