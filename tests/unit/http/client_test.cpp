// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client.hpp"

#include "ao/http/live.hpp"
#include "fake_resolver.hpp"
#include "running_server.hpp"
#include "scripted_server.hpp"

namespace ao::http {
namespace {

using std::chrono::milliseconds;

Result<Response> fetch(async::Pool& pool, Client& client, Request request) {
  return boost::asio::co_spawn(pool.executor(), client.fetch(std::move(request)),
                               boost::asio::use_future)
      .get();
}

Request request_of(std::string method, std::string body) {
  Request request;
  request.method = std::move(method);
  request.target = "/t?x=%20";
  request.body = std::move(body);
  return request;
}

TEST(Client, fetches_over_one_kept_connection) {
  RunningServer running;
  auto client = *Client::to(running.net().executor(), running.origin());
  for (int i = 0; i < 3; ++i) {
    const auto answer = fetch(running.net(), *client, request_of("PUT", std::string(100'000, 'x')));
    ASSERT_TRUE(answer) << answer.error().text;
    EXPECT_EQ(answer->status, 200u);
    EXPECT_EQ(answer->body, std::string(100'000, 'x'));
    EXPECT_EQ(*answer->headers.find("X-Target"), "/t?x=%20");
    EXPECT_EQ(*answer->headers.find("x-method"), "PUT");
  }
  EXPECT_EQ(fetch(running.net(), *client, request_of("HEAD", ""))->status, 200u);
  EXPECT_EQ(fetch(running.net(), *client, request_of("GET", ""))->status, 200u);
  EXPECT_EQ(running.server().counters().accepted, 1u);
}

TEST(Client, opens_a_kept_connection_again_once) {
  async::Pool pool("net", 2);
  const std::string kept = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  ScriptedServer server({kept + "one", kept + "two"});
  auto client = *Client::to(pool.executor(), server.origin());
  EXPECT_EQ(fetch(pool, *client, request_of("POST", "x"))->body, "one");
  EXPECT_EQ(fetch(pool, *client, request_of("POST", "x"))->body, "two");
  client.reset();
  pool.join();
}

TEST(Client, reads_chunks_and_skips_interim_answers) {
  async::Pool pool("net", 1);
  ScriptedServer server(
      {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"});
  auto client = *Client::to(pool.executor(), server.origin());
  const auto answer = fetch(pool, *client, request_of("GET", ""));
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(answer->body, "abcde");
  client.reset();
  pool.join();
}

TEST(Client, names_what_went_wrong) {
  async::Pool pool("net", 1);
  const auto code_of = [&](std::string answer) -> std::string {
    ScriptedServer server({std::move(answer)});
    ClientLimits limits;
    limits.body_bytes_max = 10;
    auto client = *Client::to(pool.executor(), server.origin(), limits);
    const auto fetched = fetch(pool, *client, request_of("GET", ""));
    if (fetched) return "none";
    EXPECT_NE(fetched.error().text.find(server.origin()), std::string::npos);
    return std::string(fetched.error().code);
  };
  EXPECT_EQ(code_of("nonsense\r\n\r\n"), "http-malformed");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890"),
            "http-answer-bytes-max");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"), "none");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"), "http-unreachable");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\n\r\n0123"), "none") << "a body that the close ends";
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\n\r\n01234567890"), "http-answer-bytes-max");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')), "http-malformed");
  std::string interim;
  for (int i = 0; i < 20; ++i)
    interim += "HTTP/1.1 103 Early Hints\r\n\r\n";
  EXPECT_EQ(code_of(interim + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), "http-malformed");
  EXPECT_EQ(code_of(""), "http-unreachable");
  pool.join();
}

TEST(Client, says_that_nobody_is_there) {
  async::Pool pool("net", 1);
  const std::string origin = SilentServer().origin();  // which is gone
  auto client = *Client::to(pool.executor(), origin);
  const auto answer = fetch(pool, *client, request_of("GET", ""));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-unreachable");
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  client.reset();
  pool.join();
}

TEST(Client, tries_each_address_of_a_name) {
  RunningServer running;
  const Egress egress{EgressPolicy::unrestricted(), nullptr,
                      std::make_shared<FakeResolver>(
                          std::vector<std::vector<const char*>>{{"127.0.0.2", "127.0.0.1"}})};
  // Nobody listens on 127.0.0.2.
  const auto origin = parse_origin("http://a.example:" + std::to_string(running.port()));
  const auto client = Client::to(running.net().executor(), *origin, egress, ClientLimits());
  const auto answer = fetch(running.net(), *client, request_of("GET", ""));
  ASSERT_TRUE(answer) << answer.error().text;
  EXPECT_EQ(*answer->headers.find("x-peer"), "127.0.0.1");
}

TEST(Client, does_not_wait_for_ever) {
  async::Pool pool("net", 1);
  SilentServer silent;
  for (const auto limit : {&ClientLimits::head_timeout, &ClientLimits::answer_timeout}) {
    ClientLimits limits;
    limits.*limit = milliseconds(100);
    auto client = *Client::to(pool.executor(), silent.origin(), limits);
    const auto answer = fetch(pool, *client, request_of("GET", ""));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http-timeout");
    EXPECT_EQ(answer.error().kind, ErrorKind::kTimeout);
  }
  pool.join();
}

// A server that says a little now and then is not kept alive by it.
TEST(Client, does_not_wait_for_an_answer_that_drips) {
  const auto drip = [](LiveStream& stream) -> Task<> {
    bool is_open = true;
    while (is_open) {
      is_open = co_await stream.send("drop");
      const auto soon = std::chrono::steady_clock::now() + milliseconds(20);
      if (is_open) is_open = co_await stream.wait(soon);
    }
  };
  RunningServer running(Limits{}, [&](Request) -> Task<Response> {
    Response response;
    response.stream = drip;
    co_return response;
  });
  ClientLimits limits;
  limits.answer_timeout = milliseconds(300);
  auto client = *Client::to(running.net().executor(), running.origin(), limits);
  EXPECT_EQ(fetch(running.net(), *client, request_of("GET", "")).error().code, "http-timeout");
}

TEST(Client, keeps_no_answer_that_goes_on_for_ever) {
  const auto gush = [](LiveStream& stream) -> Task<> {
    bool is_open = true;
    while (is_open)
      is_open = co_await stream.send(Bytes(64 << 10, 'x'));
  };
  RunningServer running(Limits{}, [&](Request) -> Task<Response> {
    Response response;
    response.stream = gush;
    co_return response;
  });
  ClientLimits limits;
  limits.body_bytes_max = 1 << 20;
  auto client = *Client::to(running.net().executor(), running.origin(), limits);
  const auto answer = fetch(running.net(), *client, request_of("GET", ""));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-answer-bytes-max");
  EXPECT_EQ(answer.error().kind, ErrorKind::kTooLarge);
}

TEST(Client, is_cut_wherever_it_is) {
  async::Pool pool("net", 1);
  SilentServer silent;
  const auto looking = std::make_shared<FakeResolver>(std::vector<std::vector<const char*>>{{}});
  const Egress egress{EgressPolicy::unrestricted(), nullptr, looking};
  const auto cut = [&](const std::string& origin, const std::function<bool()>& is_under_way) {
    const auto client = Client::to(pool.executor(), *parse_origin(origin), egress, ClientLimits());
    auto answer = boost::asio::co_spawn(pool.executor(), client->fetch(request_of("GET", "")),
                                        boost::asio::use_future);
    while (!is_under_way())
      std::this_thread::yield();
    client->cut();
    EXPECT_EQ(answer.get().error().code, "http-stopped") << origin;
    EXPECT_EQ(fetch(pool, *client, request_of("GET", "")).error().code, "http-stopped");
  };
  cut("http://a.example", [&] { return looking->asked() > 0; });
  cut(silent.origin(), [&] { return silent.was_reached(); });
  pool.join();
}

TEST(Client, does_not_send_forged_fields) {
  RunningServer running;
  auto client = *Client::to(running.net().executor(), running.origin());
  Request request;
  request.headers.add("x", "a\r\ny: b");
  EXPECT_EQ(fetch(running.net(), *client, request).error().code, "http-request-malformed");
  request.headers = {};
  request.target = "/ HTTP/1.1\r\nx: y";
  EXPECT_EQ(fetch(running.net(), *client, request).error().code, "http-request-malformed");
}

}  // namespace
}  // namespace ao::http
