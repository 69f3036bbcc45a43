// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/resolver.hpp"

#include <ares.h>
#include <sys/time.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <map>

namespace ao::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

// One lookup: a channel of c-ares whose sockets Asio watches. Everything on one strand. A lookup
// that is over has no sockets left, so none of its handlers does anything.
class Lookup : public std::enable_shared_from_this<Lookup> {
 public:
  explicit Lookup(asio::any_io_executor strand) : strand_(std::move(strand)), timer_(strand_) {}
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup() { end(); }

  void begin(const std::string& host, const std::string& name_servers) {
    ares_options options{};
    options.sock_state_cb = [](void* self, ares_socket_t socket, int readable, int writable) {
      static_cast<Lookup*>(self)->watch(socket, readable != 0, writable != 0);
    };
    options.sock_state_cb_data = this;
    status_ = ares_init_options(&channel_, &options, ARES_OPT_SOCK_STATE_CB);
    if (status_ != ARES_SUCCESS) channel_ = nullptr;
    if (status_ == ARES_SUCCESS && !name_servers.empty())
      status_ = ares_set_servers_ports_csv(channel_, name_servers.c_str());
    is_over_ = status_ != ARES_SUCCESS;
    if (is_over_) return;
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(
        channel_, host.c_str(), nullptr, &hints,
        [](void* self, int status, int, ares_addrinfo* found) {
          static_cast<Lookup*>(self)->take(status, found);
        },
        this);
  }

  // Until there is an answer, or the deadline, or a cancellation.
  Task<> wait(Clock::time_point deadline) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto state = co_await asio::this_coro::cancellation_state;
    while (!is_over_ && Clock::now() < deadline &&
           state.cancelled() == asio::cancellation_type::none) {
      timer_.expires_at(std::min(deadline, next_retry()));
      co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (!is_over_) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    }
  }

  void end() {
    if (channel_ == nullptr) return;
    ares_destroy(std::exchange(channel_, nullptr));  // tells `take` and `watch`
    sockets_.clear();
  }

  bool is_over() const { return is_over_; }
  int status() const { return status_; }
  const Resolver::Addresses& addresses() const { return addresses_; }

 private:
  using Descriptor = asio::posix::stream_descriptor;

  void take(int status, ares_addrinfo* found) {
    is_over_ = true;
    status_ = status;
    const ares_addrinfo_node* node = found == nullptr ? nullptr : found->nodes;
    for (; node != nullptr; node = node->ai_next) {
      asio::ip::tcp::endpoint endpoint;
      if (node->ai_addrlen > endpoint.capacity()) continue;
      std::memcpy(endpoint.data(), node->ai_addr, node->ai_addrlen);
      addresses_.push_back(endpoint.address());
    }
    if (found != nullptr) ares_freeaddrinfo(found);
    timer_.cancel();
  }

  // The socket is c-ares' own: it says when it opened and, before it closes it, that it ends.
  void watch(ares_socket_t socket, bool for_reading, bool for_writing) {
    const auto known = sockets_.find(socket);
    if (!for_reading && !for_writing) {
      if (known == sockets_.end()) return;
      known->second->release();
      sockets_.erase(known);
      return;
    }
    if (known == sockets_.end())
      sockets_.emplace(socket, std::make_shared<Descriptor>(strand_, socket));
    if (for_reading) wait_for(socket, Descriptor::wait_read);
    if (for_writing) wait_for(socket, Descriptor::wait_write);
  }

  void wait_for(ares_socket_t socket, Descriptor::wait_type event) {
    const auto known = sockets_.find(socket);
    if (known == sockets_.end()) return;
    const auto descriptor = known->second;
    auto go_on = [self = shared_from_this(), socket, event, descriptor](const error_code& error) {
      const auto still = self->sockets_.find(socket);
      const bool is_same = still != self->sockets_.end() && still->second == descriptor;
      if (error || !is_same || self->channel_ == nullptr) return;
      const bool is_read = event == Descriptor::wait_read;
      ares_process_fd(self->channel_, is_read ? socket : ARES_SOCKET_BAD,
                      is_read ? ARES_SOCKET_BAD : socket);
      // What c-ares wants to write it asks for again.
      if (is_read) self->wait_for(socket, event);
    };
    descriptor->async_wait(event, std::move(go_on));
  }

  Clock::time_point next_retry() const {
    timeval longest{1, 0};
    timeval next{};
    const timeval* const due = ares_timeout(channel_, &longest, &next);
    return Clock::now() + std::chrono::seconds(due->tv_sec) +
           std::chrono::microseconds(due->tv_usec) + std::chrono::milliseconds(1);
  }

  asio::any_io_executor strand_;
  asio::steady_timer timer_;  // cancelled when there is an answer
  ares_channel channel_ = nullptr;
  std::map<ares_socket_t, std::shared_ptr<Descriptor>> sockets_;
  Resolver::Addresses addresses_;
  int status_ = ARES_SUCCESS;
  bool is_over_ = false;
};

class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(std::string name_servers) : name_servers_(std::move(name_servers)) {}

  Task<Result<Addresses>> resolve(std::string host, Time deadline) override {
    const auto strand = co_await asio::this_coro::executor;
    const auto lookup = std::make_shared<Lookup>(strand);
    lookup->begin(host, name_servers_);
    auto waiting = lookup->wait(deadline);
    co_await std::move(waiting);
    const bool is_over = lookup->is_over();
    lookup->end();
    if (!is_over)
      co_return fail(ErrorKind::kTimeout, "name-timeout",
                     "the name servers know nothing yet of " + host);
    if (!lookup->addresses().empty()) co_return lookup->addresses();
    const int status = lookup->status();
    const bool is_unknown =
        status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_SUCCESS;
    if (is_unknown)
      co_return fail(ErrorKind::kUnavailable, "name-unknown",
                     "the name " + host + " has no address");
    co_return fail(ErrorKind::kUnavailable, "name-failed",
                   "the name " + host + " cannot be looked up: " + ares_strerror(status));
  }

 private:
  std::string name_servers_;
};

}  // namespace

std::shared_ptr<Resolver> system_resolver(std::string name_servers) {
  return std::make_shared<SystemResolver>(std::move(name_servers));
}

}  // namespace ao::http
