// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "errands.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

#include "ao/base/log.hpp"

namespace ao::node {

using http::Response;
using message::Map;
using routing::Asked;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBurst = 4;  // seconds
constexpr std::size_t kClientsMax = 10'000;

routing::AllowList allowed_by(const RelaySettings& settings) {
  auto list = routing::AllowList::parse(settings.allow);
  if (!list) throw std::runtime_error("[relay] allow: " + list.error().text);
  return std::move(*list);
}

http::Egress public_egress(const RelaySettings& settings) {
  http::EgressSettings wanted;
  wanted.https_only = false;  // schemes and ports are the operator's, like the names
  wanted.any_port = true;
  wanted.ca_file = settings.ca_file;
  auto opened = http::Egress::open(wanted);
  if (!opened) throw std::runtime_error("[relay] " + opened.error().text);
  return std::move(*opened);
}

// Of addresses that the operator wrote out. What clouds tell their machines is nobody's errand.
http::Egress written_out_egress(http::Egress egress) {
  http::EgressSettings wanted;
  wanted.https_only = false;
  wanted.any_port = true;
  wanted.allowed_networks = {"127.0.0.0/8",    "::1/128",  "10.0.0.0/8",   "172.16.0.0/12",
                             "192.168.0.0/16", "fc00::/7", "100.64.0.0/10"};
  egress.policy = *http::EgressPolicy::parse(wanted);
  return egress;
}

http::ClientPoolSettings pool_of(const RelaySettings& settings) {
  http::ClientPoolSettings pool;
  pool.limits.connect_timeout = std::min<std::chrono::milliseconds>(10s, settings.timeout);
  pool.limits.head_timeout = settings.timeout;
  pool.limits.answer_timeout = settings.timeout;
  pool.limits.body_bytes_max = settings.answer_bytes_max;
  pool.wait_max = settings.timeout;
  return pool;
}

bool has_origin(const std::string& path) {
  return !path.starts_with('/');
}

// What was not asked for, and this node does not unpack.
Result<> check_encoding(const Response& answer, const http::Url& url) {
  const std::string* encoding = answer.headers.find("content-encoding");
  if (encoding == nullptr || encoding->empty() || same_key(*encoding, "identity")) return {};
  return fail(ErrorKind::kInvalid, "relay-encoding",
              fmt::format("{} answered in an encoding that was not asked for", url.origin.text()));
}

}  // namespace

struct Errands::Seat {
  explicit Seat(std::atomic<std::size_t>& count) : taken(count) {}
  ~Seat() { --taken; }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  std::atomic<std::size_t>& taken;
};

// On the strand. Shared with fetches that are waited for no longer.
struct Errands::Round {
  std::uint64_t number = 0;
  routing::Rounds rules;
  bool is_alone = false;
  std::size_t pending = 0;
  Answers good;
  std::optional<Error> failure;  // the last

  bool is_enough() const { return rules.stop_after && good.size() >= rules.responses; }
};

Errands::Errands(const RelaySettings& settings, store::Store& store, async::Pool& net,
                 Metrics& metrics)
    : settings_(settings),
      allowed_(allowed_by(settings)),
      store_(store),
      metrics_(metrics),
      strand_(boost::asio::make_strand(net.executor())),
      clients_(BucketSize{settings.requests_per_second, kBurst * settings.requests_per_second,
                          kClientsMax}),
      random_(std::random_device()()) {
  const http::Egress egress = public_egress(settings);
  public_ = http::ClientPool::open(net, egress, pool_of(settings));
  written_out_ = http::ClientPool::open(net, written_out_egress(egress), pool_of(settings));
  const Kept kept = read_kept();
  routing_.with([&](Routing& routing) {
    routing.kept = kept;
    routing.all = with_added(kept.added);
  });
}

void Errands::resume(const std::string& url) {
  if (auto parsed = http::parse_url(url)) own_ = std::move(parsed->origin);
}

void Errands::stop() {
  public_->stop();
  written_out_->stop();
  group_.join();
}

bool Errands::is_own(const http::Origin& origin) const {
  return own_ && routing::same_origin(*own_, origin);
}

std::shared_ptr<const routing::Routes> Errands::routes() const {
  return routing_.with([](const Routing& routing) { return routing.all; });
}

Result<Errands::Plan> Errands::plan_of(const Asked& asked) const {
  if (has_origin(asked.path)) {
    AO_TRY(url, routing::parse_target(asked.path));
    if (allowed_.permits(url)) return Plan{{std::move(url)}, {}};
    return fail(ErrorKind::kDenied, "relay-denied",
                fmt::format("this node sends nothing to {} for others: [relay] allow has no "
                            "beginning of this URL",
                            url.origin.text()));
  }
  const auto routes = this->routes();
  AO_TRY(route, routes->match(asked));
  const auto draw = [this] {
    return random_.with(
        [](std::minstd_rand& random) { return std::uniform_real_distribution<>()(random); });
  };
  Plan plan;
  AO_TRY(urls, route->destinations(asked, draw));
  plan.urls = std::move(urls);
  AO_TRY(rounds, route->rounds().with(asked.keys, "multirequest-"));
  plan.rounds = std::move(rounds);
  return plan;
}

Result<std::vector<http::Url>> Errands::destinations(const Asked& asked) const {
  if (has_origin(asked.path)) {
    AO_TRY(url, routing::parse_target(asked.path));
    return std::vector{std::move(url)};
  }
  AO_TRY(plan, plan_of(asked));
  return std::move(plan.urls);
}

Result<std::shared_ptr<Errands::Seat>> Errands::admit(http::Network client) {
  const auto now = std::chrono::steady_clock::now();
  const auto taken = clients_.with([&](auto& clients) { return clients.take(client, now); });
  if (!taken) {
    Error error{ErrorKind::kBusy, "relay-rate",
                fmt::format("{} requests a second are made for one client "
                            "(relay.requests_per_second)",
                            settings_.requests_per_second)};
    error.retry_after = std::chrono::ceil<std::chrono::seconds>(taken.error());
    return std::unexpected(std::move(error));
  }
  ++in_flight_;
  auto seat = std::make_shared<Seat>(in_flight_);
  if (in_flight_ <= settings_.in_flight_max) return seat;
  return fail(ErrorKind::kBusy, "relay-in-flight",
              fmt::format("{} requests for others are under way (relay.in_flight_max)",
                          settings_.in_flight_max));
}

Task<Result<std::vector<Response>>> Errands::run(api::Errand errand) {
  AO_CO_TRY(plan, plan_of(errand.asked));
  AO_CO_TRY(seat, admit(errand.from));
  auto gathering = gather(std::move(plan), std::move(errand.request), std::move(seat));
  auto answers =
      co_await boost::asio::co_spawn(strand_, std::move(gathering), boost::asio::use_awaitable);
  metrics_.relayed_request(answers ? "answered" : answers.error().code);
  co_return answers;
}

Result<> Errands::cast(api::Errand errand) {
  AO_TRY(plan, plan_of(errand.asked));
  AO_TRY(seat, admit(errand.from));
  group_.spawn(strand_,
               gather_unheard(std::move(plan), std::move(errand.request), std::move(seat)));
  return {};
}

Task<> Errands::gather_unheard(Plan plan, http::Request request, std::shared_ptr<Seat> seat) {
  const auto answers = co_await gather(std::move(plan), std::move(request), std::move(seat));
  metrics_.relayed_request(answers ? "cast" : answers.error().code);
  if (!answers) log::debug("a cast came to nothing", {{"reason", answers.error().text}});
}

// On the strand.
Task<Result<std::vector<Response>>> Errands::gather(Plan plan, http::Request request,
                                                    std::shared_ptr<Seat> seat) {
  const auto deadline = std::chrono::steady_clock::now() + settings_.timeout;
  const auto round = std::make_shared<Round>();
  round->number = ++rounds_;
  round->rules = plan.rounds;
  round->is_alone = plan.urls.size() == 1;
  std::size_t next = 0;
  bool is_late = false;
  while (!is_late && !round->is_enough()) {
    while (next < plan.urls.size() && (round->rules.parallel || round->pending == 0)) {
      ++round->pending;
      group_.spawn(strand_, fetch(round, plan.urls[next++], request, seat));
    }
    // One that fails at once does so before anybody waits for it.
    if (round->pending == 0 && next == plan.urls.size()) break;
    if (round->pending == 0 || round->is_enough()) continue;
    co_await answered_.wait(round->number, deadline);
    is_late = std::chrono::steady_clock::now() >= deadline;
  }
  if (!round->good.empty()) {
    const std::size_t most = round->rules.stop_after ? round->rules.responses : plan.urls.size();
    if (round->good.size() > most) round->good.resize(most);
    co_return std::move(round->good);
  }
  Error error{
      ErrorKind::kTimeout, "relay-timeout",
      fmt::format("there was no answer within {} ms (relay.timeout)", settings_.timeout.count())};
  const bool has_ended = round->failure && (round->is_alone || !is_late);
  if (has_ended) error = *round->failure;
  co_return std::unexpected(std::move(error));
}

// On the strand.
Task<> Errands::fetch(std::shared_ptr<Round> round, http::Url url, http::Request request,
                      std::shared_ptr<Seat> seat) {
  http::ClientPool& pool = routing::is_written_out(url.origin) ? *written_out_ : *public_;
  auto answer = co_await pool.fetch(url.text(), std::move(request));
  seat.reset();
  if (answer) {
    if (auto readable = check_encoding(*answer, url); !readable)
      answer = std::unexpected(std::move(readable.error()));
  }
  if (answer && round->rules.accepts(answer->status)) {
    round->good.push_back(std::move(*answer));
  } else if (!answer && round->is_alone) {
    round->failure = std::move(answer.error());
  } else {
    const std::string why = answer
                                ? fmt::format("{} answered {}", url.origin.text(), answer->status)
                                : answer.error().text;
    round->failure = Error{ErrorKind::kUnavailable, "no-viable-responses",
                           "no_viable_responses: at last " + why};
  }
  --round->pending;
  answered_.announce(round->number);
}

}  // namespace ao::node
