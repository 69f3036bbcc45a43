// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client_pool.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <random>
#include <set>

#include "ao/async/guarded.hpp"
#include "circuit_breaker.hpp"
#include "seats.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

bool is_redirect(const Response& response) {
  constexpr std::array kRedirects = {301u, 302u, 303u, 307u, 308u};
  return std::ranges::find(kRedirects, response.status) != kRedirects.end() &&
         response.headers.find("location") != nullptr;
}

// Whether an error is about the origin: that it does not answer as it should, or may not be
// reached.
bool is_failure(const Error& error) {
  return error.code != "http-request-malformed" && error.code != "http-stopped";
}

// A gateway that has nobody behind it.
bool is_failure(const Response& response) {
  return response.status >= 502 && response.status <= 504;
}

class LinkedPool final : public ClientPool {
 public:
  LinkedPool(async::Pool& net, Egress egress, const ClientPoolSettings& settings)
      : strand_(net.executor()),
        net_(net.executor()),
        egress_(std::move(egress)),
        settings_(settings),
        seats_({settings.connections_per_origin_max, settings.connections_max,
                settings.waiting_per_origin_max, settings.waiting_max}),
        breakers_(settings.breaker),
        sweep_(strand_) {}

  Task<Result<Response>> fetch(std::string text, Request request,
                               std::size_t redirects_max) override {
    AO_CO_TRY(url, parse_url(text));
    const bool is_read = request.method == "GET" || request.method == "HEAD";
    const bool follows = is_read && redirects_max > 0;
    for (std::size_t redirects = 0;; ++redirects) {
      // Before a seat is taken; the client judges again, and the addresses with it.
      AO_CO_CHECK(egress_.policy.permits(url.origin.scheme, url.origin.port));
      request.target = url.target;
      auto work = fetch_on_strand(url.origin, follows ? request : std::move(request));
      auto answer = co_await asio::co_spawn(strand_, std::move(work), asio::use_awaitable);
      if (!answer || !follows || !is_redirect(*answer)) co_return answer;
      if (redirects == redirects_max)
        co_return fail(ErrorKind::kInvalid, "redirects-max",
                       text + " leads on after " + std::to_string(redirects_max) + " redirects");
      AO_CO_TRY(next, url.follow(*answer->headers.find("location")));
      if (url.origin.scheme == Scheme::kHttps && next.origin.scheme == Scheme::kHttp)
        co_return fail(ErrorKind::kDenied, "redirect-downgrade",
                       url.origin.text() + " leads from https to http");
      url = std::move(next);
    }
  }

  void stop() override {
    asio::post(strand_, [this] {
      is_stopped_ = true;
      for (const auto& [ticket, timer] : waiting_)
        timer->cancel();
      for (Client* const client : busy_)
        client->cut();
      idle_.clear();
      sweep_.cancel();
      count();
    });
  }

  ClientPoolCounters counters() const override {
    return counters_.with([](const ClientPoolCounters& counters) { return counters; });
  }

 private:
  struct Idle {
    std::string origin;
    std::unique_ptr<Client> client;
    Clock::time_point since;
  };
  using Strand = asio::strand<asio::thread_pool::executor_type>;

  // Everything from here on runs on the strand.

  Task<Result<Response>> fetch_on_strand(Origin origin, Request request) {
    const std::string key = origin.text();
    AO_CO_CHECK(may_go_on());
    auto seating = take_seat(key);
    const auto seated = co_await std::move(seating);
    if (!seated) co_return std::unexpected(seated.error());
    if (const auto admitted = breakers_.admit(key, Clock::now()); !admitted) {
      leave_seat(key);
      co_return resting(key, admitted.error());
    }
    auto client = take_client(origin, key);
    busy_.insert(client.get());
    count();
    auto answer = co_await client->fetch(std::move(request));
    busy_.erase(client.get());
    note(key, answer);
    if (client->has_connection() && !is_stopped_) keep(Idle{key, std::move(client), Clock::now()});
    client.reset();
    leave_seat(key);
    co_return answer;
  }

  Result<> may_go_on() const {
    if (!is_stopped_) return {};
    return fail(ErrorKind::kUnavailable, "http-stopped", "this node stops, and asks nobody");
  }

  Task<Result<>> take_seat(std::string key) {
    const Seats::Ticket ticket = ++tickets_;
    const auto verdict = seats_.ask(key, ticket);
    if (verdict == Seats::Verdict::kSeated) co_return Result<>();
    if (verdict == Seats::Verdict::kWaiting) {
      asio::steady_timer timer(strand_, Clock::now() + settings_.wait_max);
      waiting_.emplace(ticket, &timer);
      count();
      co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      const bool is_seated = waiting_.erase(ticket) == 0;  // who seated it took it out
      if (!is_seated) seats_.give_up(ticket);
      const auto may = may_go_on();
      if (is_seated && !may) leave_seat(key);
      if (!may || is_seated) co_return may;
    }
    co_return fail(ErrorKind::kBusy, "egress-busy",
                   "too many requests wait for a connection to " + key + ", or for any");
  }

  void leave_seat(const std::string& key) {
    if (const auto next = seats_.leave(key)) {
      waiting_.at(*next)->cancel();
      waiting_.erase(*next);
    }
    count();
  }

  std::unique_ptr<Client> take_client(const Origin& origin, const std::string& key) {
    const auto kept = std::ranges::find(idle_.rbegin(), idle_.rend(), key, &Idle::origin);
    if (kept != idle_.rend()) {
      auto client = std::move(kept->client);
      idle_.erase(std::prev(kept.base()));
      return client;
    }
    // Whoever has a seat may connect: what is kept for others makes room.
    if (busy_.size() + idle_.size() >= settings_.connections_max) idle_.pop_front();
    return Client::to(net_, origin, egress_, settings_.limits);
  }

  void keep(Idle idle) {
    idle_.push_back(std::move(idle));
    if (idle_.size() == 1) sweep_later();
  }

  void sweep_later() {
    sweep_.expires_at(idle_.front().since + settings_.idle_timeout);
    sweep_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      const auto now = Clock::now();
      while (!idle_.empty() && idle_.front().since + settings_.idle_timeout <= now)
        idle_.pop_front();
      if (!idle_.empty()) sweep_later();
      count();
    });
  }

  void note(const std::string& key, const Result<Response>& answer) {
    counters_.with(
        [&](ClientPoolCounters& counters) { ++(answer ? counters.fetched : counters.failed); });
    if (answer ? is_failure(*answer) : is_failure(answer.error())) {
      breakers_.failed(key, Clock::now(), std::uniform_real_distribution<>()(random_));
    } else if (answer) {
      breakers_.succeeded(key);
    } else {
      breakers_.gave_up(key);
    }
  }

  std::unexpected<Error> resting(const std::string& key, Clock::duration pause) {
    counters_.with([](ClientPoolCounters& counters) { ++counters.resting; });
    Error error{ErrorKind::kUnavailable, "circuit-open",
                key + " did not answer several times in a row, and is left alone for a while"};
    error.retry_after = std::chrono::ceil<std::chrono::seconds>(pause);
    return std::unexpected(std::move(error));
  }

  void count() {
    counters_.with([this](ClientPoolCounters& counters) {
      counters.busy = busy_.size();
      counters.idle = idle_.size();
      counters.waiting = seats_.waiting();
    });
  }

  Strand strand_;
  asio::any_io_executor net_;
  Egress egress_;
  ClientPoolSettings settings_;
  Seats seats_;
  CircuitBreakers breakers_;
  std::set<Client*> busy_;
  std::list<Idle> idle_;  // the one kept longest stands first
  asio::steady_timer sweep_;
  std::map<Seats::Ticket, asio::steady_timer*> waiting_;
  Seats::Ticket tickets_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  bool is_stopped_ = false;
  async::Guarded<ClientPoolCounters> counters_;
};

}  // namespace

std::unique_ptr<ClientPool> ClientPool::open(async::Pool& net, Egress egress,
                                             const ClientPoolSettings& settings) {
  return std::make_unique<LinkedPool>(net, std::move(egress), settings);
}

}  // namespace ao::http
