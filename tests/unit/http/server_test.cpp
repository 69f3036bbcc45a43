// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <latch>
#include <semaphore>
#include <thread>

#include "running_server.hpp"

namespace ao::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Server, answers_requests_of_one_connection_in_order) {
  RunningServer running;
  RawPeer peer(running.port());
  peer.say(post("one") + post("two") + post("three"));
  EXPECT_EQ(peer.hear().body, "one");
  EXPECT_EQ(peer.hear().body, "two");
  const Answer last = peer.hear();
  EXPECT_EQ(last.body, "three");
  EXPECT_NE(last.head.find("connection: keep-alive"), std::string::npos);
  EXPECT_NE(last.head.find("x-peer: 127.0.0.1\r\n"), std::string::npos);
  EXPECT_EQ(running.server().counters().accepted, 1u);
}

TEST(Server, reads_a_request_wherever_it_is_cut) {
  RunningServer running;
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n";
  const std::string counted = post("abcde");
  RawPeer peer(running.port());
  for (const std::string& wire : {chunked, counted})
    for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
      peer.say(wire.substr(0, cut));
      peer.say(wire.substr(cut));
      ASSERT_EQ(peer.hear().body, "abcde") << cut;
    }
}

TEST(Server, reads_bodies_larger_than_its_buffers) {
  RunningServer running;
  std::string body;
  for (int i = 0; body.size() < (3 << 20); ++i)
    body += std::to_string(i);
  RawPeer peer(running.port());
  std::thread speaker([&] { peer.say(post(body)); });
  EXPECT_EQ(peer.hear().body, body);
  speaker.join();
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += 0xffff) {
    const std::string_view piece = std::string_view(body).substr(at, 0xffff);
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    chunks += size + std::string(piece) + "\r\n";
  }
  std::thread chunker([&] {
    peer.say("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    peer.say(chunks + "0\r\n\r\n");
  });
  EXPECT_EQ(peer.hear().body, body);
  chunker.join();
}

TEST(Server, closes_after_the_answer_when_asked) {
  RunningServer running;
  for (const std::string request :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"}) {
    RawPeer peer(running.port());
    peer.say(request);
    const Answer answer = peer.hear();
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.head.find("connection: close"), std::string::npos);
    EXPECT_TRUE(peer.is_closed());
  }
}

TEST(Server, asks_for_the_body_that_is_held_back) {
  RunningServer running;
  RawPeer peer(running.port());
  peer.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(peer.hear().status, 100);
  peer.say("body");
  EXPECT_EQ(peer.hear().body, "body");
  peer.say(post("sent at once", "Expect: 100-continue\r\n"));
  EXPECT_EQ(peer.hear().body, "sent at once");
}

TEST(Server, refuses_a_held_back_body_that_is_too_large) {
  Limits limits;
  limits.body_bytes_max = 3;
  RunningServer running(limits);
  RawPeer peer(running.port());
  peer.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(peer.hear().status, 413);
}

TEST(Server, answers_head_without_body) {
  RunningServer running(Limits{}, [](Request) -> Task<Response> {
    Response response;
    response.body = "twelve bytes";
    co_return response;
  });
  RawPeer peer(running.port());
  peer.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(peer.hear(false).head.find("content-length: 12\r\n"), std::string::npos);
  EXPECT_EQ(peer.hear().body, "twelve bytes");
}

TEST(Server, answers_500_when_the_handler_throws) {
  RunningServer running(Limits{}, [](Request) -> Task<Response> {
    throw std::runtime_error("secret");
    co_return Response{};
  });
  RawPeer peer(running.port());
  peer.say(post("x") + post("y"));
  const Answer answer = peer.hear();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  EXPECT_TRUE(peer.is_closed());
}

TEST(Server, answers_500_rather_than_a_forged_field) {
  RunningServer running(Limits{}, [](Request) -> Task<Response> {
    Response response;
    response.headers.add("x", "a\r\n\r\nHTTP/1.1 200 OK");
    co_return response;
  });
  RawPeer peer(running.port());
  peer.say(post("x"));
  EXPECT_EQ(peer.hear().status, 500);
  EXPECT_TRUE(peer.is_closed());
}

TEST(Server, writes_answers_that_the_peer_reads_late) {
  const std::string large(32 << 20, 'x');
  std::binary_semaphore answered(0);
  RunningServer running(Limits{}, [&](Request) -> Task<Response> {
    Response response;
    response.body = large;
    answered.release();
    co_return response;
  });
  RawPeer peer(running.port());
  peer.say(post("x"));
  answered.acquire();
  EXPECT_EQ(peer.hear().body.size(), large.size());
}

TEST(Server, names_the_address_it_cannot_listen_on) {
  RunningServer running;
  const std::string taken = "127.0.0.1:" + std::to_string(running.port());
  for (const std::string& address : {taken, std::string("nonsense"), std::string("127.0.0.1:x")}) {
    try {
      Server::listen(running.net(), running.heavy(), listening_on(address), echo);
      FAIL() << address;
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string_view(error.what()).find(address), std::string_view::npos);
    }
  }
}

// A handler that waits until the test opens it.
class Gate {
 public:
  Server::Handler handler() {
    return [this](Request request) -> Task<Response> {
      const auto executor = co_await boost::asio::this_coro::executor;
      boost::asio::steady_timer wait(executor);
      entered_.release();
      while (!is_open_) {
        wait.expires_after(milliseconds(1));
        co_await wait.async_wait(boost::asio::use_awaitable);
      }
      Response response;
      response.body = std::move(request.body);
      co_return response;
    };
  }
  void await_entry() { entered_.acquire(); }
  void open() { is_open_ = true; }

 private:
  std::counting_semaphore<> entered_{0};
  std::atomic<bool> is_open_{false};
};

TEST(Server, finishes_what_was_begun_when_it_stops) {
  Gate gate;
  RunningServer running(Limits{}, gate.handler());
  RawPeer idle(running.port());
  RawPeer used(running.port());
  used.say(post("kept"));
  gate.await_entry();
  running.server().stop(seconds(60));
  EXPECT_TRUE(idle.is_closed());
  gate.open();
  const Answer answer = used.hear();
  EXPECT_EQ(answer.body, "kept");
  EXPECT_NE(answer.head.find("connection: close"), std::string::npos);
  EXPECT_TRUE(used.is_closed());
}

TEST(Server, closes_kept_connections_when_it_stops) {
  RunningServer running;
  RawPeer peer(running.port());
  peer.say(post("x"));
  EXPECT_EQ(peer.hear().status, 200);
  running.end(seconds(60));
  EXPECT_TRUE(peer.is_closed());
  EXPECT_EQ(running.server().counters().connections, 0u);
}

TEST(Server, cuts_what_is_open_after_the_grace) {
  RunningServer running;
  RawPeer peer(running.port());
  peer.say("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(peer.hear().status, 100);
  running.end(milliseconds(50));
  EXPECT_TRUE(peer.is_closed());
}

TEST(Server, may_be_told_to_stop_before_it_runs) {
  async::Pool net("net", 1);
  const auto server = Server::listen(net, net, listening_on("127.0.0.1:0"), echo);
  server->stop(milliseconds(0));
  boost::asio::co_spawn(net.executor(), server->run(), boost::asio::use_future).get();
  net.join();
}

TEST(Server, stops_under_load) {
  constexpr int kPeers = 40;
  RunningServer running;
  std::latch loaded(kPeers);
  std::vector<std::jthread> peers;
  for (int i = 0; i < kPeers; ++i)
    peers.emplace_back([&, i] {
      RawPeer peer(running.port());
      const std::string body(static_cast<std::size_t>(i) * 500, 'b');
      for (int round = 0;; ++round) {
        if (!peer.say(post(body))) break;
        const Answer answer = peer.hear();
        if (answer.status == 0) break;
        EXPECT_EQ(answer.body, body);
        if (round == 20) loaded.count_down();
      }
    });
  loaded.wait();
  running.end(milliseconds(200));
  EXPECT_EQ(running.server().counters().connections, 0u);
}

TEST(Server, listens_on_ipv6) {
  RunningServer running(Limits{}, echo, "[::1]:0");
  const int socket = ::socket(AF_INET6, SOCK_STREAM, 0);
  sockaddr_in6 to{};
  to.sin6_family = AF_INET6;
  to.sin6_port = htons(running.port());
  to.sin6_addr = in6addr_loopback;
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  ::close(socket);
}

}  // namespace
}  // namespace ao::http
