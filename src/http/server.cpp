// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <stdexcept>
#include <unordered_set>

#include "ao/base/log.hpp"
#include "connection.hpp"
#include "connection_counts.hpp"
#include "listener.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// How often deadlines are looked at: they are late by an eighth at most.
milliseconds sweep_period(const Limits& limits) {
  const milliseconds shortest = std::min({limits.header_timeout, limits.body_progress_window,
                                          limits.idle_timeout, limits.request_timeout});
  return std::clamp(shortest / 8, milliseconds(10), milliseconds(1'000));
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

class RunningServer final : public Server {
 public:
  RunningServer(async::Pool& net, async::Pool& heavy, const ServerSettings& settings,
                Handler handler)
      : strand_(asio::make_strand(net.executor())),
        sweep_timer_(strand_),
        pause_timer_(strand_),
        sweep_period_(sweep_period(settings.limits)),
        certificate_(settings.tls_certificate),
        key_(settings.tls_key),
        counts_(service_.limits) {
    service_.limits = settings.limits;
    service_.rate = settings.rate;
    service_.proxies = valid(Proxies::parse(settings.trusted_proxies, settings.proxy_field));
    service_.compression_bytes_min = settings.compression_bytes_min;
    service_.heavy = &heavy;
    service_.handler = std::move(handler);
    const RequestRate& rate = settings.rate;
    if (rate.requests_per_second > 0)
      service_.buckets.emplace(
          BucketSize{rate.requests_per_second, rate.requests_burst, rate.clients_max});
    if (!settings.tls_listen.empty()) identity_ = valid(read_identity(certificate_, key_));
    if (!settings.listen.empty()) plain_ = Listener::on_tcp(strand_, settings.listen);
    if (!settings.tls_listen.empty()) tls_ = Listener::on_tcp(strand_, settings.tls_listen);
    if (!settings.unix_socket.empty())
      unix_ = Listener::on_unix(strand_, settings.unix_socket, settings.unix_socket_mode);
    if (!plain_ && !tls_ && !unix_) throw std::runtime_error("http has nothing to listen on");
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
      for (Listener* listener : {plain_.get(), tls_.get(), unix_.get()})
        if (listener != nullptr) listener->close();
      pause_timer_.cancel();
    });
  }

  Result<> reload_certificate() override {
    if (!tls_) return {};
    AO_TRY(identity, read_identity(certificate_, key_));
    asio::post(strand_, [this, identity] { identity_ = identity; });
    return {};
  }

  std::uint16_t port() const override { return plain_ ? plain_->port() : 0; }
  std::uint16_t tls_port() const override { return tls_ ? tls_->port() : 0; }

  Counters counters() const override {
    Counters counters;
    counters.connections = open_.load(std::memory_order_relaxed);
    counters.accepted = accepted_.load(std::memory_order_relaxed);
    counters.refused = refused_.load(std::memory_order_relaxed);
    counters.rejected = service_.rejected.load(std::memory_order_relaxed);
    counters.over_rate = service_.over_rate.load(std::memory_order_relaxed);
    counters.handshakes_failed = service_.handshakes_failed.load(std::memory_order_relaxed);
    return counters;
  }

 private:
  using ConnectionPointer = std::shared_ptr<Connection>;  // held here, and while it runs

  template <class Value>
  static Value valid(Result<Value> value) {
    if (!value) throw std::runtime_error("http: " + value.error().text);
    return std::move(*value);
  }

  Task<> accept_and_sweep() {
    using namespace asio::experimental::awaitable_operators;
    auto both = accept() && sweep();
    co_await std::move(both);
  }

  Task<> accept() {
    using namespace asio::experimental::awaitable_operators;
    auto all = accept_on(plain_.get(), nullptr) && accept_on(unix_.get(), nullptr) &&
               accept_on(tls_.get(), &identity_);
    co_await std::move(all);
    co_await end_connections();
    has_ended_ = true;
    sweep_timer_.cancel();
  }

  Task<> accept_on(Listener* listener, const TlsIdentity* identity) {
    if (listener == nullptr) co_return;
    const auto admit_one = [this, identity](Socket socket, const Peer& peer) {
      admit(std::move(socket), peer, identity != nullptr ? *identity : nullptr);
    };
    co_await listener->run(admit_one);
  }

  // Whose connections count together; nobody's when many come through one.
  std::optional<Network> counted_as(const Peer& peer) const {
    if (!peer || service_.proxies.trust(peer)) return std::nullopt;
    return network_of(*peer);
  }

  void admit(Socket socket, const Peer& peer, const TlsIdentity& identity) {
    if (const auto entered = counts_.enter(counted_as(peer)); !entered) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      if (!identity) turn_away(std::move(socket), entered.error());
      return;
    }
    accepted_.fetch_add(1, std::memory_order_relaxed);
    open_.fetch_add(1, std::memory_order_relaxed);
    auto connection = std::make_shared<Connection>(std::move(socket), identity, peer, service_);
    connections_.insert(connection);
    asio::co_spawn(connection->strand(), connection->run(),
                   [this, connection](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                     asio::post(strand_, [this, connection] { forget(connection); });
                   });
  }

  void forget(const ConnectionPointer& connection) {
    counts_.leave(counted_as(connection->peer()));
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

  Strand strand_;  // of all that follows but the counters
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand> sweep_timer_;
  asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Strand> pause_timer_;
  milliseconds sweep_period_;
  std::filesystem::path certificate_;
  std::filesystem::path key_;
  TlsIdentity identity_;  // of connections to come
  Service service_;
  std::unique_ptr<Listener> plain_;
  std::unique_ptr<Listener> tls_;
  std::unique_ptr<Listener> unix_;
  ConnectionCounts counts_;
  std::unordered_set<ConnectionPointer> connections_;
  Clock::time_point cut_at_ = Clock::time_point::max();
  bool is_stopping_ = false;
  bool has_ended_ = false;

  std::atomic<std::uint64_t> open_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace

Result<> Server::check(const ServerSettings& settings) {
  AO_CHECK(Proxies::parse(settings.trusted_proxies, settings.proxy_field));
  if (!settings.tls_listen.empty())
    AO_CHECK(read_identity(settings.tls_certificate, settings.tls_key));
  return {};
}

std::unique_ptr<Server> Server::listen(async::Pool& net, async::Pool& heavy,
                                       const ServerSettings& settings, Handler handler) {
  return std::make_unique<RunningServer>(net, heavy, settings, std::move(handler));
}

}  // namespace ao::http
