// Signed messages over many connections, as fast as they are answered or as fast as they come.
//
// One thread, plain sockets, requests made beforehand: the machine is left to the node. A
// connection has one request in flight. Whoever is refused offers the same message again, whatever
// the node said of when; in an open load the next one comes whether or not the ones before were
// answered.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace ao::test {

struct OfferedMessage {
  std::string request;
  std::optional<std::uint64_t> slot = {};  // where it was acknowledged to be
};

struct LoadPlan {
  using Seconds = std::chrono::duration<double>;

  std::uint16_t port = 0;
  std::size_t connections = 0;     // at most, from as many addresses as it takes
  double arrivals_per_second = 0;  // 0: each connection sends when it was answered
  Seconds settling{0};             // not counted
  Seconds counted{0};
};

struct LoadReport {
  double seconds = 0;
  std::size_t acknowledged = 0;  // these three in those seconds
  std::size_t refused = 0;
  std::size_t kept_out = 0;             // arrivals that found no connection free
  std::vector<double> refusal_times;    // seconds until a refusal
  std::vector<double> answer_times;     // and until an acknowledgement
  std::vector<std::string> complaints;  // of answers that are neither, and of broken connections
};

// Offers `waiting`, indices into `messages`, which loses those that were taken. The load ends early
// when there are no more. `at_the_beginning` is called when counting begins, `at_the_end` when it
// ends: what is then in flight is answered after that.
class OpenLoad {
 public:
  OpenLoad(std::vector<OfferedMessage>& messages, std::deque<std::size_t>& waiting)
      : messages_(messages), waiting_(waiting) {}

  template <class Begin, class End>
  LoadReport run(const LoadPlan& plan, Begin at_the_beginning, End at_the_end) {
    begin();
    offer_for(plan, plan.settling);
    report_ = {};
    at_the_beginning();
    report_.seconds = offer_for(plan, plan.counted);
    at_the_end();
    LoadReport counted = report_;
    finish();
    counted.complaints = report_.complaints;
    return counted;
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Line {
    int socket = -1;
    std::size_t message = 0;
    Clock::time_point sent_at;
    std::string received;
    bool is_busy = false;
  };

  bool find_line(const LoadPlan& plan);  // an idle one stands first
  void begin();
  double offer_for(const LoadPlan& plan, LoadPlan::Seconds time);
  void send_next(std::size_t line);
  void receive(int timeout_ms);
  void hear(std::size_t line);
  void note_answer(Line& line, std::size_t head_end);
  void lose(Line& line, const std::string& why);
  void close(Line& line);
  void finish();

  std::vector<OfferedMessage>& messages_;
  std::deque<std::size_t>& waiting_;
  std::vector<Line> lines_;
  std::deque<std::size_t> idle_;
  std::size_t open_ = 0;
  std::size_t busy_ = 0;
  int epoll_ = -1;
  LoadReport report_;
};

}  // namespace ao::test
