// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <thread>
#include <vector>

#include "torture/http_limits.hpp"
#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Those of abuse_settings; the server looks every quarter of a second.
constexpr Seconds kHeader{2};
constexpr Seconds kPaceWindow{2};
constexpr Seconds kIdle{10};
constexpr Seconds kRequest{6};
constexpr Seconds kLateness{2.5};  // on a busy machine

const std::string kHead = "POST /healthz HTTP/1.1\r\nHost: a\r\n";

struct Timed {
  std::string what;
  std::function<std::string(RawSocket&)> play;  // what was wrong; empty when nothing was
};

// A piece every so often, until all were said or an answer came.
void trickle(RawSocket& socket, const std::string& bytes, std::size_t piece,
             std::chrono::milliseconds pause) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::this_thread::sleep_for(pause);
    if (!socket.say(std::string_view(bytes).substr(at, piece))) return;
  }
}

std::string expect_answer(RawSocket& socket, int status) {
  const RawAnswer answer = socket.hear();
  if (answer.status == status) return {};
  return fmt::format("answered {} {} instead of {}", answer.status, answer.code(), status);
}

// 408, or no word at all, when the time is over: not before, not much later.
std::string expect_end(RawSocket& socket, Clock::time_point began, Seconds limit, int status) {
  const RawAnswer answer = socket.hear(16s);
  if (answer.status != status)
    return fmt::format("answered {} {} instead of {}", answer.status, answer.code(), status);
  const Seconds took = Clock::now() - began;
  if (took < limit - 0.1s || took > limit + limit / 8 + kLateness)
    return fmt::format("after {:.1f} s instead of {:.0f}", took.count(), limit.count());
  if (!socket.hears_end()) return "the connection stays open";
  return {};
}

std::vector<Timed> timed_requests() {
  const std::string slow_body(8 << 10, 'b');
  const std::string head = kHead + fmt::format("Content-Length: {}\r\n\r\n", slow_body.size());
  const std::string endless = kHead + "Content-Length: 1000000\r\n\r\n";
  const auto met = [](const std::string& wire, std::size_t at_once, std::size_t piece,
                      std::chrono::milliseconds pause) {
    return [=](RawSocket& socket) {
      socket.say(wire.substr(0, at_once));
      trickle(socket, wire.substr(at_once), piece, pause);
      return expect_answer(socket, 200);
    };
  };
  const auto exceeded = [](const std::string& wire, std::size_t at_once, std::size_t piece,
                           std::chrono::milliseconds pause, Seconds limit) {
    return [=](RawSocket& socket) {
      const auto began = Clock::now();
      socket.say(wire.substr(0, at_once));
      std::thread sender([&] { trickle(socket, wire.substr(at_once), piece, pause); });
      const auto wrong = expect_end(socket, began, limit, 408);
      sender.join();
      return wrong;
    };
  };
  const std::string short_head = kHead + "\r\n";
  return {
      {"a header of 1.2 s", met(short_head, 0, 8, 200ms)},
      {"a header that never ends", exceeded(kHead + std::string(64, 'X'), 1, 1, 100ms, kHeader)},
      {"nothing at all", exceeded("", 0, 1, 100ms, kHeader)},
      {"a body of 2 KiB a second", met(head + slow_body, head.size(), 512, 250ms)},
      {"a body of 256 bytes a second", exceeded(endless.substr(0) + slow_body.substr(0, 2048),
                                                endless.size(), 64, 250ms, kPaceWindow)},
      {"a body that is announced and never sent",
       exceeded(endless, endless.size(), 1, 1s, kPaceWindow)},
      {"a body that takes 4 s in all", met(head + slow_body, head.size(), 1024, 500ms)},
      {"a body that takes longer than a request may",
       exceeded(endless + std::string(32 << 10, 'b'), endless.size(), 1024, 250ms, kRequest)},
      {"2 s between two requests",
       [short_head](RawSocket& socket) {
         socket.say(short_head);
         if (auto wrong = expect_answer(socket, 200); !wrong.empty()) return wrong;
         std::this_thread::sleep_for(2s);
         socket.say(short_head);
         return expect_answer(socket, 200);
       }},
      {"a connection that stays idle", [short_head](RawSocket& socket) -> std::string {
         socket.say(short_head);
         if (auto wrong = expect_answer(socket, 200); !wrong.empty()) return wrong;
         return expect_end(socket, Clock::now(), kIdle, 0);
       }}};
}

}  // namespace

void check_times(std::uint16_t port, Checks& checks) {
  const auto all = timed_requests();
  std::vector<std::string> wrong(all.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < all.size(); ++i)
    threads.emplace_back([&, i] {
      try {
        RawSocket socket(port);
        wrong[i] = all[i].play(socket);
      } catch (const std::exception& error) {
        wrong[i] = error.what();
      }
    });
  for (std::thread& thread : threads)
    thread.join();
  std::vector<std::string> complaints;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!wrong[i].empty()) complaints.push_back(all[i].what + ": " + wrong[i]);
  checks.expect(
      "slow headers, slow bodies, idle and endless requests: met, and exceeded: 408 or a "
      "silent end, in time",
      complaints);
}

}  // namespace ao::test
