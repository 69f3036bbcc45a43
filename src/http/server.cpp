// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <stdexcept>
#include <unordered_set>

#include "ao/base/log.hpp"
#include "connection.hpp"
#include "connection_counts.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAcceptRetryDelay{50};  // no descriptors left: some will be closed

// How often deadlines are looked at: they are late by an eighth at most.
milliseconds sweep_period(const Limits& limits) {
  const milliseconds shortest = std::min({limits.header_timeout, limits.body_progress_window,
                                          limits.idle_timeout, limits.request_timeout});
  return std::clamp(shortest / 8, milliseconds(10), milliseconds(1'000));
}

tcp::endpoint resolve(asio::thread_pool::executor_type executor, const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0)
    throw std::runtime_error("http cannot listen on " + address + ": it is not HOST:PORT");
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  tcp::resolver resolver(executor);
  error_code error;
  const auto found =
      resolver.resolve(host, address.substr(colon + 1), tcp::resolver::passive, error);
  if (error || found.empty())
    throw std::runtime_error("http cannot listen on " + address + ": " + error.message());
  return found.begin()->endpoint();
}

asio::ip::address without_mapping(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

// One attempt, no waiting: whoever is over the limit gets no share of the server.
void turn_away(Socket socket, const Refusal& refusal) {
  const Response answer = error_answer(refusal);
  std::string wire;
  append_head(wire, "GET", answer, After::kClose);
  wire += answer.body;
  error_code ignored;
  std::array<char, 4096> unread;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(wire), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
  socket.read_some(asio::buffer(unread), ignored);  // what is left unread would reset the answer
}

class TcpServer final : public Server {
 public:
  TcpServer(async::Pool& net, const std::string& address, const Limits& limits, Handler handler)
      : net_(net.executor()),
        strand_(asio::make_strand(net_)),
        acceptor_(strand_),
        sweep_timer_(strand_),
        pause_timer_(strand_),
        sweep_period_(sweep_period(limits)),
        counts_(service_.limits) {
    service_.limits = limits;
    service_.handler = std::move(handler);
    open(resolve(net_, address), address);
  }

  Task<> run() override {
    auto both = accept_and_sweep();
    co_await asio::co_spawn(strand_, std::move(both), asio::use_awaitable);
  }

  void stop(milliseconds grace) override {
    service_.is_stopping = true;
    asio::post(strand_, [this, grace] {
      is_stopping_ = true;
      cut_at_ = std::min(cut_at_, Clock::now() + grace);
      error_code ignored;
      acceptor_.close(ignored);
      pause_timer_.cancel();
    });
  }

  std::uint16_t port() const override { return port_; }

  Counters counters() const override {
    Counters counters;
    counters.connections = open_.load(std::memory_order_relaxed);
    counters.accepted = accepted_.load(std::memory_order_relaxed);
    counters.refused = refused_.load(std::memory_order_relaxed);
    counters.rejected = service_.rejected.load(std::memory_order_relaxed);
    return counters;
  }

 private:
  using ConnectionPointer = std::shared_ptr<Connection>;  // held here, and while it runs

  void open(const tcp::endpoint& endpoint, const std::string& address) {
    error_code error;
    const auto check = [&] {
      if (error)
        throw std::runtime_error("http cannot listen on " + address + ": " + error.message());
    };
    acceptor_.open(endpoint.protocol(), error);
    check();
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    check();
    acceptor_.bind(endpoint, error);
    check();
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    check();
    port_ = acceptor_.local_endpoint().port();
  }

  Task<> accept_and_sweep() {
    using namespace asio::experimental::awaitable_operators;
    auto both = accept() && sweep();
    co_await std::move(both);
  }

  Task<> accept() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!is_stopping_) {
      error_code error;
      tcp::endpoint peer;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      const auto strand = asio::make_strand(net_);
      Socket socket = co_await acceptor_.async_accept(strand, peer, token);
      if (!error) {
        admit(std::move(socket), without_mapping(peer.address()));
      } else if (error == asio::error::operation_aborted) {
        break;
      } else if (!is_stopping_) {
        log::warn("http accept failed", {{"error", error.message()}});
        const Clock::time_point retry = Clock::now() + kAcceptRetryDelay;
        co_await pause(retry);
      }
    }
    co_await end_connections();
    has_ended_ = true;
    sweep_timer_.cancel();
  }

  void admit(Socket socket, const asio::ip::address& peer) {
    if (const auto entered = counts_.enter(peer); !entered) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      turn_away(std::move(socket), entered.error());
      return;
    }
    accepted_.fetch_add(1, std::memory_order_relaxed);
    open_.fetch_add(1, std::memory_order_relaxed);
    auto connection = std::make_shared<Connection>(std::move(socket), peer, service_);
    connections_.insert(connection);
    asio::co_spawn(connection->strand(), connection->run(),
                   [this, connection](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                     asio::post(strand_, [this, connection] { forget(connection); });
                   });
  }

  void forget(const ConnectionPointer& connection) {
    counts_.leave(connection->peer());
    connections_.erase(connection);
    open_.fetch_sub(1, std::memory_order_relaxed);
    if (is_stopping_ && connections_.empty()) pause_timer_.cancel();
  }

  Task<> end_connections() {
    is_stopping_ = true;
    for (const ConnectionPointer& connection : connections_)
      asio::post(connection->strand(), [connection] { connection->drain(); });
    while (!connections_.empty()) {
      if (Clock::now() >= cut_at_) {
        cut_at_ = Clock::time_point::max();
        for (const ConnectionPointer& connection : connections_)
          asio::post(connection->strand(), [connection] { connection->cut(); });
      }
      co_await pause(cut_at_);
    }
  }

  // Until then, or until something cancels the timer.
  Task<> pause(Clock::time_point until) {
    pause_timer_.expires_at(until);
    error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await pause_timer_.async_wait(token);
  }

  Task<> sweep() {
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!has_ended_) {
      sweep_timer_.expires_after(sweep_period_);
      error_code ignored;
      auto token = asio::redirect_error(asio::use_awaitable, ignored);
      co_await sweep_timer_.async_wait(token);
      const Clock::time_point now = Clock::now();
      for (const ConnectionPointer& connection : connections_)
        if (connection->is_overdue(now))
          asio::post(connection->strand(), [connection] { connection->end_wait_if_overdue(); });
    }
  }

  asio::thread_pool::executor_type net_;
  Strand strand_;  // of all that follows but the counters
  asio::basic_socket_acceptor<tcp, Strand> acceptor_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand> sweep_timer_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand> pause_timer_;
  milliseconds sweep_period_;
  Service service_;
  ConnectionCounts counts_;
  std::unordered_set<ConnectionPointer> connections_;
  Clock::time_point cut_at_ = Clock::time_point::max();
  bool is_stopping_ = false;
  bool has_ended_ = false;
  std::uint16_t port_ = 0;

  std::atomic<std::uint64_t> open_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace

std::unique_ptr<Server> Server::listen(async::Pool& net, const std::string& address,
                                       const Limits& limits, Handler handler) {
  return std::make_unique<TcpServer>(net, address, limits, std::move(handler));
}

}  // namespace ao::http
