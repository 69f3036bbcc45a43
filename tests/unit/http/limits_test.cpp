// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "running_server.hpp"

namespace ao::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The answer to `wire` on a connection of its own, which must be closed after it.
Answer last_answer(RunningServer& running, std::string_view wire) {
  RawPeer peer(running.port());
  peer.say(wire);
  Answer answer = peer.hear();
  EXPECT_NE(answer.head.find("connection: close\r\n"), std::string::npos) << answer.head;
  EXPECT_NE(answer.head.find("content-type: application/json\r\n"), std::string::npos);
  EXPECT_TRUE(nlohmann::json::parse(answer.body)["error"]["code"].is_string());
  EXPECT_TRUE(peer.is_closed());
  return answer;
}

TEST(ServerLimits, answer_with_their_status_and_close) {
  Limits limits;
  limits.body_bytes_max = 5;
  RunningServer running(limits);
  const std::string next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto get = [&](const std::string& target, const std::string& fields) {
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + next;
  };
  const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(last_answer(running, get("/" + std::string(9 << 10, 'a'), "")).status, 414);
  EXPECT_EQ(last_answer(running, get("/", "X: " + std::string(17 << 10, 'a') + "\r\n")).status,
            431);
  EXPECT_EQ(last_answer(running, post("123456") + next).status, 413);
  EXPECT_EQ(last_answer(running, chunked + "6\r\n").status, 413);
  EXPECT_EQ(last_answer(running, chunked + "0x1\r\nx\r\n0\r\n\r\n" + next).status, 400);
  EXPECT_EQ(last_answer(running, get("/", "Content-Length: 0\r\nContent-Length: 0\r\n")).status,
            400);
  EXPECT_EQ(last_answer(running, get("/", "Content-Encoding: gzip\r\n")).status, 415);
  EXPECT_EQ(running.server().counters().rejected, 7u);
}

TEST(ServerLimits, let_pass_what_reaches_them) {
  Limits limits;
  limits.body_bytes_max = 5;
  RunningServer running(limits);
  RawPeer peer(running.port());
  peer.say(post("12345"));
  EXPECT_EQ(peer.hear().body, "12345");
  peer.say(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n");
  EXPECT_EQ(peer.hear().body, "12345");
  const std::size_t frame = std::string_view("GET / HTTP/1.1").size();
  peer.say("GET /" + std::string((8 << 10) - frame, 'a') + " HTTP/1.1\r\nHost: a\r\n");
  std::string fields;
  const std::string longest = "X: " + std::string((16 << 10) - 3, 'a') + "\r\n";
  for (int i = 0; i < 5; ++i)
    fields += longest;
  peer.say(fields + "\r\n");
  EXPECT_EQ(peer.hear().status, 200);
}

TEST(ServerLimits, answer_a_peer_that_still_sends) {
  Limits limits;
  limits.body_bytes_max = 1000;
  RunningServer running(limits);
  RawPeer peer(running.port());
  const std::string body(4 << 20, 'x');
  EXPECT_TRUE(peer.say(post(body)));
  EXPECT_EQ(peer.hear().status, 413);
}

// Bodies that lacked their last byte once took as much memory as there were connections for.
TEST(ServerLimits, bound_the_memory_of_unfinished_bodies) {
  Limits limits;
  limits.body_bytes_max = limits.bodies_bytes_max = 1 << 20;
  RunningServer running(limits);
  const std::string large = post(std::string(1 << 20, 'x'));
  std::optional<RawPeer> withholding;
  Answer refused;
  while (refused.status != 503) {  // once the server has read that much, before the other came
    withholding.emplace(running.port());
    withholding->say(std::string_view(large).substr(0, large.size() - 1));
    std::this_thread::sleep_for(milliseconds(50));
    refused = RawPeer(running.port()).say_and_hear(post(std::string(100'000, 'x')));
  }
  EXPECT_NE(refused.body.find("bodies-too-many"), std::string::npos);
  EXPECT_NE(refused.head.find("retry-after: 1\r\n"), std::string::npos);
  EXPECT_EQ(RawPeer(running.port()).say_and_hear(post(std::string(2'000, 'x'))).status, 200);
  withholding->say("x");
  EXPECT_EQ(withholding->hear().status, 200);
  EXPECT_EQ(RawPeer(running.port()).say_and_hear(large).status, 200);
}

TEST(ServerLimits, time_the_header) {
  Limits limits;
  limits.header_timeout = seconds(1);
  RunningServer running(limits);
  EXPECT_EQ(last_answer(running, "GET / HTTP/1.1\r\nHost: a\r\n").status, 408);
  EXPECT_EQ(last_answer(running, "").status, 408);
}

TEST(ServerLimits, time_the_header_however_often_bytes_come) {
  Limits limits;
  limits.header_timeout = seconds(1);
  RunningServer running(limits);
  RawPeer peer(running.port());
  std::atomic<bool> is_over{false};
  std::jthread drip([&] {
    peer.say("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    while (!is_over && peer.say("x"))
      std::this_thread::sleep_for(milliseconds(20));
  });
  EXPECT_EQ(peer.hear().status, 408);
  is_over = true;
}

TEST(ServerLimits, time_idle_connections_and_close_them_without_a_word) {
  Limits limits;
  limits.idle_timeout = seconds(1);
  RunningServer running(limits);
  RawPeer peer(running.port());
  peer.say(post("x"));
  EXPECT_EQ(peer.hear().status, 200);
  EXPECT_TRUE(peer.is_closed());
}

// Sends a body piece by piece and returns how it was answered.
int status_of_drip(const Limits& limits, std::size_t piece, int pieces, std::string_view fields) {
  RunningServer running(limits);
  RawPeer peer(running.port());
  std::jthread drip([&](const std::stop_token& answered) {
    peer.say("POST / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n");
    for (int i = 0; i < pieces && !answered.stop_requested(); ++i) {
      if (!peer.say(std::string(piece, 'x'))) break;
      std::this_thread::sleep_for(milliseconds(100));
    }
  });
  const int status = peer.hear().status;
  drip.request_stop();
  return status;
}

TEST(ServerLimits, want_the_body_at_the_least_pace) {
  Limits limits;
  limits.body_progress_window = seconds(1);
  limits.body_bytes_per_second_min = 1000;
  EXPECT_EQ(status_of_drip(limits, 50, 100, "Content-Length: 5000\r\n"), 408);
  EXPECT_EQ(status_of_drip(limits, 300, 25, "Content-Length: 7500\r\n"), 200);
}

TEST(ServerLimits, time_the_whole_request) {
  Limits limits;
  limits.body_progress_window = seconds(1);
  limits.body_bytes_per_second_min = 1;
  limits.request_timeout = seconds(2);
  EXPECT_EQ(status_of_drip(limits, 300, 100, "Content-Length: 30000\r\n"), 408);
}

TEST(ServerLimits, do_not_time_the_handler) {
  Limits limits;
  limits.header_timeout = limits.idle_timeout = limits.request_timeout = seconds(1);
  RunningServer running(limits, [](Request) -> Task<Response> {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer longer(executor);
    longer.expires_after(milliseconds(1'500));
    co_await longer.async_wait(boost::asio::use_awaitable);
    Response response;
    co_return response;
  });
  RawPeer peer(running.port());
  peer.say(post("x"));
  EXPECT_EQ(peer.hear().status, 200);
}

TEST(ServerLimits, cut_a_peer_that_does_not_read_its_answer) {
  Limits limits;
  limits.idle_timeout = seconds(1);
  RunningServer running(limits, [](Request) -> Task<Response> {
    Response response;
    response.body.assign(64 << 20, 'x');
    co_return response;
  });
  RawPeer peer(running.port());
  peer.say(post("x"));
  while (running.server().counters().accepted == 0)
    std::this_thread::yield();
  while (running.server().counters().connections > 0)
    std::this_thread::yield();
  EXPECT_EQ(peer.hear().status, 0);
}

TEST(ServerLimits, turn_away_connections_over_the_total) {
  Limits limits;
  limits.connections_max = 2;
  RunningServer running(limits);
  std::vector<RawPeer> peers;
  for (int i = 0; i < 2; ++i) {
    RawPeer& peer = peers.emplace_back(running.port());
    peer.say(post("in"));
    EXPECT_EQ(peer.hear().body, "in");
  }
  EXPECT_EQ(last_answer(running, "").status, 503);
  EXPECT_EQ(running.server().counters().refused, 1u);
  EXPECT_EQ(running.server().counters().connections, 2u);
  peers.clear();
  while (running.server().counters().connections > 0)
    std::this_thread::yield();
  RawPeer again(running.port());
  again.say(post("in"));
  EXPECT_EQ(again.hear().body, "in");
}

TEST(ServerLimits, turn_away_connections_over_those_of_one_address) {
  Limits limits;
  limits.connections_per_address_max = 1;
  RunningServer running(limits);
  RawPeer peer(running.port());
  peer.say(post("in"));
  EXPECT_EQ(peer.hear().body, "in");
  EXPECT_EQ(last_answer(running, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status, 503);
}

}  // namespace
}  // namespace ao::http
