// Answers that are made later, seen from the other end.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <semaphore>
#include <thread>

#include "ao/http/live.hpp"
#include "running_server.hpp"

namespace ao::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// An answer that waits until the test wakes it.
class Promise {
 public:
  Server::Handler handler() {
    return [this](Request request) -> Task<Response> {
      Response response;
      response.body = "plain";
      if (request.target != "/plain")
        response.later = [this](Caller& caller) { return keep(caller); };
      co_return response;
    };
  }
  void await_begin() { begun_.acquire(); }
  void wake() { waker_(); }
  bool ends_within(std::chrono::milliseconds time) { return ended_.try_acquire_for(time); }

 private:
  Task<Response> keep(Caller& caller) {
    waker_ = caller.waker();
    begun_.release();
    const auto until = Clock::now() + 1h;
    const bool is_open = co_await caller.wait(until);
    Response response;
    response.status = is_open ? 200 : 202;
    response.body = is_open ? "kept" : "broken";
    ended_.release();
    co_return response;
  }

  Caller::Waker waker_;
  std::binary_semaphore begun_{0};
  std::binary_semaphore ended_{0};
};

TEST(LaterAnswer, is_sent_when_it_is_made_and_the_connection_goes_on) {
  Promise promise;
  RunningServer running(Limits{}, promise.handler());
  RawPeer peer(running.port());
  peer.say(std::string(kGet) + "GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  promise.await_begin();
  EXPECT_FALSE(promise.ends_within(50ms));
  promise.wake();
  EXPECT_EQ(peer.hear().body, "kept");
  EXPECT_EQ(peer.hear().body, "plain");
}

TEST(LaterAnswer, is_given_up_when_the_client_goes) {
  Promise promise;
  RunningServer running(Limits{}, promise.handler());
  {
    RawPeer peer(running.port());
    peer.say(kGet);
    promise.await_begin();
  }
  EXPECT_TRUE(promise.ends_within(10s));
  running.end(60s);
  EXPECT_EQ(running.server().counters().connections, 0u);
  promise.wake();  // wakes nobody
}

TEST(LaterAnswer, is_made_at_once_when_the_server_stops) {
  Promise promise;
  RunningServer running(Limits{}, promise.handler());
  RawPeer peer(running.port());
  peer.say(kGet);
  promise.await_begin();
  running.end(60s);
  const Answer answer = peer.hear();
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "broken");
}

TEST(LaterAnswer, that_fails_is_a_500) {
  RunningServer running(Limits{}, [](Request) -> Task<Response> {
    Response response;
    response.later = [](Caller&) -> Task<Response> {
      throw std::runtime_error("secret");
      co_return Response{};
    };
    co_return response;
  });
  RawPeer peer(running.port());
  peer.say(kGet);
  const Answer answer = peer.hear();
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.body.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace ao::http
