// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client_pool.hpp"

#include <atomic>
#include <set>

#include "ao/async/guarded.hpp"
#include "ao/http/live.hpp"
#include "fake_resolver.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"
#include "support/workbench.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Holds its answers back until it is told.
class Gate {
 public:
  Server::Handler handler() {
    return [this](Request request) -> Task<Response> {
      const std::size_t here = ++inside_;
      most_.with([here](std::size_t& most) { most = std::max(most, here); });
      const auto strand = co_await asio::this_coro::executor;
      asio::steady_timer timer(strand);
      while (!is_open_) {
        timer.expires_after(2ms);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
      }
      --inside_;
      Response response;
      response.body = request.target;
      co_return response;
    };
  }

  void open() { is_open_ = true; }
  void wait_for(std::size_t count) const {
    while (inside_ < count)
      std::this_thread::sleep_for(1ms);
  }
  std::size_t most() const {
    return most_.with([](std::size_t most) { return most; });
  }

 private:
  std::atomic<bool> is_open_ = false;
  std::atomic<std::size_t> inside_ = 0;
  async::Guarded<std::size_t> most_{0u};
};

class ClientPoolTest : public ::testing::Test {
 protected:
  ~ClientPoolTest() override {
    if (pool_) pool_->stop();
    net_.join();
  }

  // What is on 127.0.0.1 stands for what is public.
  void open(std::vector<std::uint16_t> ports) {
    EgressSettings settings;
    settings.https_only = false;
    settings.ports = std::move(ports);
    settings.allowed_networks = {"127.0.0.1"};
    pool_ = ClientPool::open(net_, Egress{*EgressPolicy::parse(settings), nullptr, resolver_},
                             settings_);
  }

  std::future<Result<Response>> begin(const std::string& url, std::size_t redirects_max = 0) {
    return asio::co_spawn(net_.executor(), pool_->fetch(url, Request(), redirects_max),
                          asio::use_future);
  }

  Result<Response> fetch(const std::string& url, std::size_t redirects_max = 0) {
    return begin(url, redirects_max).get();
  }

  static std::string redirect_to(const std::string& where) {
    return "HTTP/1.1 302 Found\r\nLocation: " + where + "\r\nContent-Length: 0\r\n\r\n";
  }

  async::Pool net_{"net", 2};
  ClientPoolSettings settings_;
  std::shared_ptr<FakeResolver> resolver_ =
      std::make_shared<FakeResolver>(std::vector<std::vector<const char*>>{{"127.0.0.1"}});
  std::unique_ptr<ClientPool> pool_;
};

TEST_F(ClientPoolTest, keeps_connections) {
  RunningServer running;
  open({running.port()});
  for (int i = 0; i < 5; ++i) {
    const auto answer = fetch(running.origin() + "/a?b=" + std::to_string(i));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(*answer->headers.find("x-target"), "/a?b=" + std::to_string(i));
  }
  EXPECT_EQ(running.server().counters().accepted, 1u);
  EXPECT_EQ(pool_->counters().fetched, 5u);
  EXPECT_EQ(pool_->counters().idle, 1u);
  EXPECT_EQ(pool_->counters().busy, 0u);
}

TEST_F(ClientPoolTest, has_few_connections_to_an_origin) {
  settings_.connections_per_origin_max = 3;
  Gate gate;
  RunningServer running(Limits{}, gate.handler());
  open({running.port()});
  std::vector<std::future<Result<Response>>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(begin(running.origin() + '/' + std::to_string(i)));
  gate.wait_for(3);
  while (pool_->counters().waiting < 17)
    std::this_thread::sleep_for(1ms);
  EXPECT_EQ(pool_->counters().busy, 3u);
  gate.open();
  std::set<std::string> bodies;
  for (auto& answer : answers) {
    const auto got = answer.get();
    ASSERT_TRUE(got) << got.error().text;
    bodies.insert(got->body);
  }
  EXPECT_EQ(bodies.size(), 20u);
  EXPECT_EQ(gate.most(), 3u);
  EXPECT_EQ(running.server().counters().accepted, 3u);
}

TEST_F(ClientPoolTest, has_few_connections_in_all) {
  settings_.connections_max = 2;
  std::vector<std::unique_ptr<RunningServer>> servers;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 4; ++i) {
    servers.push_back(std::make_unique<RunningServer>());
    ports.push_back(servers.back()->port());
  }
  open(ports);
  for (int round = 0; round < 2; ++round)
    for (const auto& server : servers)
      EXPECT_TRUE(fetch(server->origin()));
  EXPECT_EQ(pool_->counters().idle, 2u);
  EXPECT_EQ(servers[0]->server().counters().accepted, 2u) << "the first was closed to make room";
}

TEST_F(ClientPoolTest, lets_few_wait_and_not_for_ever) {
  settings_.connections_per_origin_max = 1;
  settings_.waiting_per_origin_max = 1;
  settings_.wait_max = 300ms;
  Gate gate;
  RunningServer running(Limits{}, gate.handler());
  open({running.port()});
  auto first = begin(running.origin());
  gate.wait_for(1);
  auto second = begin(running.origin());
  while (pool_->counters().waiting == 0)
    std::this_thread::sleep_for(1ms);
  const auto third = fetch(running.origin());
  EXPECT_EQ(third.error().code, "egress-busy");
  EXPECT_EQ(third.error().kind, ErrorKind::kBusy);
  EXPECT_EQ(second.get().error().code, "egress-busy");
  gate.open();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(fetch(running.origin()));
}

TEST_F(ClientPoolTest, closes_what_nobody_uses) {
  settings_.idle_timeout = 50ms;
  RunningServer running;
  open({running.port()});
  EXPECT_TRUE(fetch(running.origin()));
  while (running.server().counters().connections > 0)
    std::this_thread::sleep_for(5ms);
  EXPECT_EQ(pool_->counters().idle, 0u);
  EXPECT_TRUE(fetch(running.origin()));
}

TEST_F(ClientPoolTest, leaves_alone_who_does_not_answer) {
  settings_.breaker = {.failures_max = 2, .pause_min = 400ms, .pause_max = 400ms};
  const std::string gone = SilentServer().origin();
  RunningServer running;
  open({running.port(), parse_origin(gone)->port});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(fetch(gone).error().code, "http-unreachable");
  const auto refused = fetch(gone);
  EXPECT_EQ(refused.error().code, "circuit-open");
  EXPECT_GE(refused.error().retry_after, 1s);
  EXPECT_TRUE(fetch(running.origin())) << "another origin";
  EXPECT_EQ(pool_->counters().resting, 1u);
  std::this_thread::sleep_for(400ms);
  EXPECT_EQ(fetch(gone).error().code, "http-unreachable") << "one is let through";
  EXPECT_EQ(fetch(gone).error().code, "circuit-open");
}

TEST_F(ClientPoolTest, takes_up_again_who_answers_again) {
  settings_.breaker = {.failures_max = 2, .pause_min = 1ms, .pause_max = 1ms};
  std::atomic<unsigned> status = 503;
  RunningServer running(Limits{}, [&](Request) -> Task<Response> {
    Response response;
    response.status = status;
    co_return response;
  });
  open({running.port()});
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(fetch(running.origin())->status, 503u) << "is an answer all the same";
  status = 500;
  std::this_thread::sleep_for(5ms);
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(fetch(running.origin())->status, 500u) << "somebody is there";
}

TEST_F(ClientPoolTest, follows_redirects_when_asked) {
  RunningServer running;
  ScriptedServer second({redirect_to(running.origin() + "/end#part")});
  ScriptedServer first({redirect_to("/next"), redirect_to(second.origin() + "/x")});
  open({running.port(), first.port(), second.port()});
  const auto answer = fetch(first.origin() + "/begin", 3);
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->status, 200u);
  EXPECT_EQ(*answer->headers.find("x-target"), "/end");
}

TEST_F(ClientPoolTest, follows_redirects_no_further_than_asked) {
  ScriptedServer server({redirect_to("/a"), redirect_to("/a"), redirect_to("/a"), redirect_to("/a"),
                         redirect_to("/a")});
  open({server.port()});
  EXPECT_EQ(fetch(server.origin(), 3).error().code, "redirects-max");
  const auto unfollowed = fetch(server.origin());
  ASSERT_TRUE(unfollowed);
  EXPECT_EQ(unfollowed->status, 302u);
}

TEST_F(ClientPoolTest, judges_each_redirect) {
  SilentServer inside;
  const std::string port = std::to_string(inside.port());
  const std::vector<std::pair<std::string, std::string_view>> places = {
      {"http://127.0.0.2:" + port + "/", "egress-address"},
      {"http://[::1]:" + port + "/", "egress-address"},
      {"http://169.254.169.254:" + port + "/latest/meta-data/", "egress-address"},
      {"//127.0.0.2:" + port + "/", "egress-address"},
      {"http://127.0.0.1:1/", "egress-port"},
      {"http://2130706433:" + port + "/", "url-host-number"},
      {"http://u@127.0.0.1:" + port + "/", "url-user"},
      {"file:///etc/passwd", "url-scheme"},
      {"elsewhere", "url-malformed"},
  };
  for (const auto& [place, code] : places) {
    ScriptedServer outside({redirect_to(place)});
    open({inside.port(), outside.port()});
    const auto answer = fetch(outside.origin(), 3);
    ASSERT_FALSE(answer) << place;
    EXPECT_EQ(answer.error().code, code) << place;
    pool_->stop();
    const auto stopped = fetch(outside.origin());  // after it, nothing refers to the pool
    EXPECT_EQ(stopped.error().code, "http-stopped");
  }
  EXPECT_FALSE(inside.was_reached());
}

TEST_F(ClientPoolTest, judges_urls_before_anything_else) {
  SilentServer inside;
  open({inside.port()});
  const std::string port = ':' + std::to_string(inside.port());
  EXPECT_EQ(fetch("nonsense").error().code, "url-malformed");
  EXPECT_EQ(fetch("http://a.example:1/").error().code, "egress-port");
  EXPECT_EQ(fetch("http://127.0.0.2" + port).error().code, "egress-address");
  EXPECT_EQ(resolver_->asked(), 0u);
  EXPECT_FALSE(inside.was_reached());
}

TEST_F(ClientPoolTest, ends_everything_when_it_stops) {
  settings_.connections_per_origin_max = 2;
  SilentServer silent;
  resolver_ = std::make_shared<FakeResolver>(std::vector<std::vector<const char*>>{{}});
  open({silent.port()});
  std::vector<std::future<Result<Response>>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(begin(silent.origin()));
    answers.push_back(begin("http://a.example:" + std::to_string(silent.port())));
  }
  while (pool_->counters().busy < 4 || pool_->counters().waiting < 4 || resolver_->asked() < 2)
    std::this_thread::sleep_for(1ms);
  const auto begun = std::chrono::steady_clock::now();
  pool_->stop();
  for (auto& answer : answers)
    EXPECT_EQ(answer.get().error().code, "http-stopped");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 9s) << "did not wait for a limit";
  EXPECT_EQ(fetch(silent.origin()).error().code, "http-stopped");
}

TEST_F(ClientPoolTest, serves_many_threads) {
  settings_.connections_per_origin_max = 4;
  RunningServer one;
  RunningServer two;
  open({one.port(), two.port()});
  std::atomic<int> answered = 0;
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&, caller] {
      asio::io_context context;  // an executor that is not the pool's
      for (int i = 0; i < 25; ++i) {
        const std::string& origin = (caller + i) % 2 == 0 ? one.origin() : two.origin();
        auto answer = asio::co_spawn(context, pool_->fetch(origin, Request()), asio::use_future);
        context.restart();
        context.run();
        if (answer.get()) ++answered;
      }
    });
  callers.clear();
  EXPECT_EQ(answered, 100);
  EXPECT_LE(one.server().counters().accepted, 4u);
}

}  // namespace
}  // namespace ao::http
