// Answers that are made over time: streams and WebSockets, seen from the other end.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/live.hpp"

#include <semaphore>
#include <thread>

#include "running_server.hpp"

namespace ao::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

Server::Handler streaming(std::function<Task<>(LiveStream&)> stream) {
  return [stream = std::move(stream)](Request request) -> Task<Response> {
    Response response;
    if (request.target == "/plain") {
      response.body = "plain";
    } else {
      response.headers.add("content-type", "text/event-stream");
      response.stream = stream;
    }
    co_return response;
  };
}

Task<> count_to_three(LiveStream& stream) {
  for (const char* piece : {"one", "", "two", "three"})
    co_await stream.send(piece);
}

// What a chunked body holds, up to its last chunk.
std::string chunks_of(RawPeer& peer) {
  std::string body;
  while (true) {
    const std::string line = peer.hear_until("\r\n");
    if (line.empty()) return body + "(cut)";
    const std::size_t size = std::stoul(line, nullptr, 16);
    body += peer.hear_bytes(size);
    EXPECT_EQ(peer.hear_bytes(2), "\r\n");
    if (size == 0) return body;
    body += '|';
  }
}

TEST(LiveStream, is_sent_in_chunks_and_the_connection_goes_on) {
  RunningServer running(Limits{}, streaming(count_to_three));
  RawPeer peer(running.port());
  peer.say(kGet);
  const Answer head = peer.hear(false);
  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.head.find("transfer-encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(head.head.find("content-length"), std::string::npos);
  EXPECT_NE(head.head.find("connection: keep-alive\r\n"), std::string::npos);
  EXPECT_EQ(chunks_of(peer), "one|two|three|");
  peer.say("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(peer.hear().body, "plain");
}

TEST(LiveStream, lets_the_next_request_wait) {
  RunningServer running(Limits{}, streaming(count_to_three));
  RawPeer peer(running.port());
  peer.say(std::string(kGet) + "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  peer.hear(false);
  EXPECT_EQ(chunks_of(peer), "one|two|three|");
  EXPECT_EQ(peer.hear().body, "plain");
}

TEST(LiveStream, has_no_body_for_head) {
  RunningServer running(Limits{}, streaming(count_to_three));
  RawPeer peer(running.port());
  peer.say("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(peer.hear(false).head.find("transfer-encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(peer.hear().body, "plain");
}

TEST(LiveStream, ends_with_the_connection_for_http_1_0) {
  RunningServer running(Limits{}, streaming(count_to_three));
  RawPeer peer(running.port());
  peer.say("GET / HTTP/1.0\r\n\r\n");
  const Answer head = peer.hear(false);
  EXPECT_EQ(head.head.find("transfer-encoding"), std::string::npos);
  EXPECT_NE(head.head.find("connection: close\r\n"), std::string::npos);
  EXPECT_EQ(peer.hear_bytes(11), "onetwothree");
  EXPECT_TRUE(peer.is_closed());
}

TEST(LiveStream, that_fails_is_cut_off) {
  RunningServer running(Limits{}, streaming([](LiveStream& stream) -> Task<> {
                          co_await stream.send("one");
                          throw std::runtime_error("secret");
                        }));
  RawPeer peer(running.port());
  peer.say(kGet);
  peer.hear(false);
  EXPECT_EQ(chunks_of(peer), "one|(cut)");
  EXPECT_TRUE(peer.is_closed());
}

// A stream that says what it waits for, and is woken by the test.
class Ticker {
 public:
  std::function<Task<>(LiveStream&)> stream() {
    return [this](LiveStream& stream) -> Task<> {
      waker_ = stream.waker();
      begun_.release();
      bool is_open = true;
      while (is_open) {
        const auto until = Clock::now() + 1h;
        is_open = co_await stream.wait(until);
        for (int due = due_.exchange(0); due > 0; --due)
          co_await stream.send("tick");
      }
      co_await stream.send("bye");
      ended_.release();
    };
  }
  void await_begin() { begun_.acquire(); }
  bool ends_within(std::chrono::milliseconds time) { return ended_.try_acquire_for(time); }
  void tick() {
    ++due_;
    waker_();
  }

 private:
  LiveStream::Waker waker_;
  std::atomic<int> due_{0};
  std::binary_semaphore begun_{0};
  std::binary_semaphore ended_{0};
};

TEST(LiveStream, outlives_the_idle_timeouts_and_is_woken) {
  Limits limits;
  limits.idle_timeout = limits.header_timeout = limits.request_timeout = 1s;
  Ticker ticker;
  RunningServer running(limits, streaming(ticker.stream()));
  RawPeer peer(running.port());
  peer.say(kGet);
  peer.hear(false);
  ticker.await_begin();
  for (int i = 0; i < 3; ++i) {
    std::this_thread::sleep_for(800ms);
    ticker.tick();
    EXPECT_EQ(peer.hear_bytes(9), "4\r\ntick\r\n");
  }
}

TEST(LiveStream, is_told_when_the_client_goes) {
  Ticker ticker;
  RunningServer running(Limits{}, streaming(ticker.stream()));
  {
    RawPeer peer(running.port());
    peer.say(kGet);
    peer.hear(false);
    ticker.await_begin();
    EXPECT_FALSE(ticker.ends_within(50ms));
  }
  EXPECT_TRUE(ticker.ends_within(10s));
  running.end(60s);
  EXPECT_EQ(running.server().counters().connections, 0u);
  ticker.tick();  // wakes nobody
}

TEST(LiveStream, is_told_when_the_server_stops_and_may_say_so) {
  Ticker ticker;
  RunningServer running(Limits{}, streaming(ticker.stream()));
  RawPeer peer(running.port());
  peer.say(kGet);
  peer.hear(false);
  ticker.await_begin();
  const auto began = Clock::now();
  running.end(60s);
  EXPECT_LT(Clock::now() - began, 20s);
  EXPECT_EQ(chunks_of(peer), "bye|");
  EXPECT_TRUE(peer.is_closed());
}

TEST(LiveStream, waits_for_a_slow_client) {
  std::atomic<std::size_t> sent = 0;
  constexpr std::size_t kPieces = 256, kPieceBytes = 64 << 10;
  RunningServer running(Limits{}, streaming([&sent](LiveStream& stream) -> Task<> {
                          const Bytes piece(kPieceBytes, 'x');
                          for (std::size_t i = 0; i < kPieces; ++i) {
                            const bool is_sent = co_await stream.send(piece);
                            if (!is_sent) co_return;
                            ++sent;
                          }
                        }));
  RawPeer peer(running.port());
  peer.say(kGet);
  peer.hear(false);
  std::size_t before = 1;
  while (before != sent) {  // until it no longer goes on
    before = sent;
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_LT(sent, kPieces);
  EXPECT_EQ(chunks_of(peer).size(), kPieces * (kPieceBytes + 1));
  EXPECT_EQ(sent, kPieces);
}

TEST(LiveStream, gives_up_a_client_that_takes_nothing) {
  Limits limits;
  limits.idle_timeout = 1s;
  std::binary_semaphore given_up{0};
  RunningServer running(limits, streaming([&](LiveStream& stream) -> Task<> {
                          const Bytes piece(1 << 20, 'x');
                          bool is_sent = true;
                          while (is_sent)
                            is_sent = co_await stream.send(piece);
                          given_up.release();
                        }));
  RawPeer peer(running.port());
  peer.say(kGet);
  EXPECT_TRUE(given_up.try_acquire_for(20s));
}

// --- WebSockets

constexpr const char* kUpgrade =
    "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

Server::Handler conversing(std::function<Task<>(WebSocket&)> conversation) {
  return [conversation = std::move(conversation)](Request) -> Task<Response> {
    Response response;
    response.headers.add("sec-websocket-protocol", "ao");
    response.conversation = conversation;
    co_return response;
  };
}

Task<> echo_messages(WebSocket& socket) {
  bool is_open = true;
  while (is_open) {
    while (auto message = socket.received()) {
      if (message->is_binary) co_await socket.send_binary(message->bytes);
      if (!message->is_binary) co_await socket.send(message->bytes);
    }
    const auto until = Clock::now() + 1h;
    is_open = co_await socket.wait(until);
  }
}

// A masked frame of a client (RFC 6455 §5.2); the mask is zero, so the bytes stay readable. Up to
// 64 KiB.
std::string frame(int opcode, const std::string& bytes) {
  std::string wire{static_cast<char>(0x80 | opcode)};
  if (bytes.size() < 126) {
    wire += static_cast<char>(0x80 | bytes.size());
  } else {
    wire += static_cast<char>(0x80 | 126);
    wire += static_cast<char>(bytes.size() >> 8);
    wire += static_cast<char>(bytes.size() & 0xff);
  }
  return wire + std::string(4, '\0') + bytes;
}

struct Frame {
  int opcode = -1;  // the connection ended
  std::string bytes;
};

Frame hear_frame(RawPeer& peer) {
  const std::string head = peer.hear_bytes(2);
  if (head.size() < 2) return {};
  std::size_t size = static_cast<unsigned char>(head[1]);
  if (size > 125) {
    const std::size_t length_bytes = size == 126 ? 2 : 8;
    size = 0;
    for (const char c : peer.hear_bytes(length_bytes))
      size = size << 8 | static_cast<unsigned char>(c);
  }
  return {head[0] & 0x0f, peer.hear_bytes(size)};
}

TEST(WebSocket, is_agreed_upon_and_speaks_both_ways) {
  RunningServer running(Limits{}, conversing(echo_messages));
  RawPeer peer(running.port());
  peer.say(kUpgrade);
  const Answer agreed = peer.hear(false);
  EXPECT_EQ(agreed.status, 101);
  EXPECT_NE(agreed.head.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos);
  EXPECT_NE(agreed.head.find("sec-websocket-protocol: ao\r\n"), std::string::npos) << agreed.head;
  peer.say(frame(1, "hello"));
  Frame heard = hear_frame(peer);
  EXPECT_EQ(heard.opcode, 1);
  EXPECT_EQ(heard.bytes, "hello");
  const std::string large(60'000, 'b');
  peer.say(frame(2, large) + frame(9, "are you there"));
  Frame first = hear_frame(peer);
  Frame second = hear_frame(peer);
  if (first.opcode == 10) std::swap(first, second);
  EXPECT_EQ(first.opcode, 2);
  EXPECT_TRUE(first.bytes == large);
  EXPECT_EQ(second.opcode, 10);
  EXPECT_EQ(second.bytes, "are you there");
  peer.say(frame(8, "\x03\xe8"));
  EXPECT_EQ(hear_frame(peer).opcode, 8);
  EXPECT_TRUE(peer.is_closed());
}

TEST(WebSocket, makes_a_client_wait_whose_messages_are_not_taken) {
  constexpr int kMessages = 500;
  std::atomic<bool> may_take = false;
  RunningServer running(Limits{}, conversing([&](WebSocket& socket) -> Task<> {
                          int taken = 0;
                          while (taken < kMessages && socket.is_open()) {
                            while (may_take && socket.received())
                              ++taken;
                            const auto soon = Clock::now() + 10ms;
                            co_await socket.wait(soon);
                          }
                          co_await socket.send(std::to_string(taken));
                        }));
  RawPeer peer(running.port());
  peer.say(kUpgrade);
  EXPECT_EQ(peer.hear(false).status, 101);
  std::atomic<int> said = 0;
  std::jthread speaker([&] {
    for (; said < kMessages; ++said)
      peer.say(frame(2, std::string(60'000, 'm')));
  });
  std::this_thread::sleep_for(500ms);
  EXPECT_LT(said, kMessages);
  may_take = true;
  EXPECT_EQ(hear_frame(peer).bytes, std::to_string(kMessages));
}

TEST(WebSocket, ends_at_a_message_over_the_limit) {
  Limits limits;
  limits.websocket_message_bytes_max = 1'000;
  RunningServer running(limits, conversing(echo_messages));
  RawPeer peer(running.port());
  peer.say(kUpgrade);
  EXPECT_EQ(peer.hear(false).status, 101);
  peer.say(frame(1, std::string(1'001, 'x')));
  const Frame last = hear_frame(peer);
  EXPECT_EQ(last.opcode, 8);
  EXPECT_EQ(last.bytes, "\x03\xf1") << "1009: too big";
}

TEST(WebSocket, is_closed_when_the_server_stops) {
  RunningServer running(Limits{}, conversing(echo_messages));
  RawPeer peer(running.port());
  peer.say(kUpgrade);
  EXPECT_EQ(peer.hear(false).status, 101);
  std::jthread answerer([&] {
    const Frame last = hear_frame(peer);
    EXPECT_EQ(last.opcode, 8);
    EXPECT_EQ(last.bytes, "\x03\xe9") << "1001: going away";
    peer.say(frame(8, last.bytes));
  });
  running.end(60s);
  EXPECT_EQ(running.server().counters().connections, 0u);
}

TEST(WebSocket, is_told_when_the_client_goes) {
  std::binary_semaphore ended{0};
  RunningServer running(Limits{}, conversing([&](WebSocket& socket) -> Task<> {
                          const auto never = Clock::now() + 1h;
                          bool is_open = true;
                          while (is_open)
                            is_open = co_await socket.wait(never);
                          ended.release();
                        }));
  {
    RawPeer peer(running.port());
    peer.say(kUpgrade);
    EXPECT_EQ(peer.hear(false).status, 101);
  }
  EXPECT_TRUE(ended.try_acquire_for(10s));
}

TEST(WebSocket, of_a_conversation_that_fails_says_1011) {
  RunningServer running(Limits{}, conversing([](WebSocket&) -> Task<> {
                          throw std::runtime_error("secret");
                          co_return;
                        }));
  RawPeer peer(running.port());
  peer.say(kUpgrade);
  EXPECT_EQ(peer.hear(false).status, 101);
  EXPECT_EQ(hear_frame(peer).bytes, "\x03\xf3");
}

TEST(WebSocket, must_be_asked_for) {
  RunningServer running(Limits{}, conversing(echo_messages));
  const std::string_view upgrade = kUpgrade;
  for (const char* missing :
       {"Upgrade: websocket\r\n", "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Q==", ", Upgrade"}) {
    std::string wire(upgrade);
    wire.erase(wire.find(missing), std::string_view(missing).size());
    RawPeer peer(running.port());
    peer.say(wire);
    const Answer answer = peer.hear();
    EXPECT_EQ(answer.status, 426) << missing;
    EXPECT_NE(answer.head.find("upgrade: websocket\r\n"), std::string::npos);
    EXPECT_NE(answer.body.find("websocket-required"), std::string::npos);
    peer.say(upgrade);
    EXPECT_EQ(peer.hear(false).status, 101) << "the connection goes on";
  }
}

}  // namespace
}  // namespace ao::http
