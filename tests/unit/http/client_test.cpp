// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "origin.hpp"
#include "running_server.hpp"

namespace ao::http {
namespace {

using boost::asio::ip::tcp;
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

// Accepts once for each script, reads one request of at most 64 KiB, says the script and closes.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> scripts)
      : acceptor_(context_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
        thread_([this, scripts = std::move(scripts)] {
          for (const std::string& script : scripts) {
            tcp::socket socket = acceptor_.accept();
            std::array<char, 65536> request;
            socket.read_some(boost::asio::buffer(request));
            boost::asio::write(socket, boost::asio::buffer(script));
          }
        }) {}

  std::string origin() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

 private:
  boost::asio::io_context context_;
  tcp::acceptor acceptor_;
  std::jthread thread_;
};

TEST(Origin, is_taken_apart) {
  const auto origin = parse_origin("http://[::1]:8080/");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->host, "::1");
  EXPECT_EQ(origin->port, "8080");
  EXPECT_EQ(origin->authority, "[::1]:8080");
  EXPECT_EQ(parse_origin("HTTP://a.example")->port, "80");
  EXPECT_EQ(parse_origin("http://[::1]")->host, "::1");
  for (const char* text :
       {"", "a:80", "https://a", "http://", "http://a/b", "http://a:x", "http://u@a"})
    EXPECT_EQ(parse_origin(text).error().code, "url-malformed") << text;
}

TEST(Client, fetches_over_one_kept_connection) {
  RunningServer running;
  auto client = *Client::to(running.origin());
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
  auto client = *Client::to(server.origin());
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
  auto client = *Client::to(server.origin());
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
    auto client = *Client::to(server.origin(), limits);
    const auto fetched = fetch(pool, *client, request_of("GET", ""));
    if (fetched) return "none";
    EXPECT_NE(fetched.error().text.find(server.origin()), std::string::npos);
    return std::string(fetched.error().code);
  };
  EXPECT_EQ(code_of("nonsense\r\n\r\n"), "http-malformed");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890"), "http-malformed");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"), "none");
  EXPECT_EQ(code_of("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234"), "http-unreachable");
  EXPECT_EQ(code_of(""), "http-unreachable");
  pool.join();
}

TEST(Client, says_that_nobody_is_there) {
  async::Pool pool("net", 1);
  std::string origin;
  {
    boost::asio::io_context context;
    tcp::acceptor unused(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    origin = "http://127.0.0.1:" + std::to_string(unused.local_endpoint().port());
  }
  auto client = *Client::to(origin);
  const auto answer = fetch(pool, *client, request_of("GET", ""));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  client.reset();
  pool.join();
}

TEST(Client, does_not_wait_for_ever) {
  async::Pool pool("net", 1);
  boost::asio::io_context context;
  tcp::acceptor silent(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  ClientLimits limits;
  limits.answer_timeout = milliseconds(100);
  auto client =
      *Client::to("http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()), limits);
  const auto answer = fetch(pool, *client, request_of("GET", ""));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "http-timeout");
  client.reset();
  pool.join();
}

TEST(Client, does_not_send_forged_fields) {
  RunningServer running;
  auto client = *Client::to(running.origin());
  Request request;
  request.headers.add("x", "a\r\ny: b");
  EXPECT_EQ(fetch(running.net(), *client, request).error().code, "http-malformed");
  request.headers = {};
  request.target = "/ HTTP/1.1\r\nx: y";
  EXPECT_EQ(fetch(running.net(), *client, request).error().code, "http-malformed");
}

}  // namespace
}  // namespace ao::http
