// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/open_load.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kAddressConnections = 250;  // below the limit of one address
constexpr auto kAnswerPatience = 40s;             // longer than a push may wait for its outcome

}  // namespace

void OpenLoad::begin() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw std::runtime_error("out of file descriptors");
}

bool OpenLoad::find_line(const LoadPlan& plan) {
  while (!idle_.empty() && lines_[idle_.front()].socket < 0)
    idle_.pop_front();
  if (!idle_.empty()) return true;
  if (open_ >= plan.connections) return false;
  const auto host = static_cast<std::uint8_t>(1 + lines_.size() / kAddressConnections % 250);
  RawSocket socket(plan.port, Source{30, host});
  Line line;
  line.socket = ::dup(socket.number());
  if (line.socket < 0) throw std::runtime_error("out of file descriptors");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = lines_.size();
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event);
  idle_.push_back(lines_.size());
  lines_.push_back(std::move(line));
  ++open_;
  return true;
}

double OpenLoad::offer_for(const LoadPlan& plan, LoadPlan::Seconds time) {
  const auto began = Clock::now();
  const auto passed = [&] { return LoadPlan::Seconds(Clock::now() - began); };
  double arrived = 0;
  while (passed() < time && !waiting_.empty()) {
    if (plan.arrivals_per_second == 0) {
      while (!waiting_.empty() && find_line(plan))
        send_next(idle_.front());
      receive(100);
      continue;
    }
    for (const double due = plan.arrivals_per_second * passed().count(); arrived < due; ++arrived) {
      if (waiting_.empty() || !find_line(plan)) {
        report_.kept_out += static_cast<std::size_t>(due - arrived) + 1;
        arrived = due;
      } else {
        send_next(idle_.front());
      }
    }
    receive(1);
  }
  return passed().count();
}

void OpenLoad::send_next(std::size_t number) {
  idle_.pop_front();
  Line& line = lines_[number];
  line.message = waiting_.front();
  waiting_.pop_front();
  line.sent_at = Clock::now();
  line.is_busy = true;
  ++busy_;
  const std::string& request = messages_[line.message].request;
  const auto sent = ::send(line.socket, request.data(), request.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(request.size())) lose(line, "closed before a request");
}

void OpenLoad::receive(int timeout_ms) {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_, events.data(), events.size(), timeout_ms);
  for (int i = 0; i < count; ++i)
    hear(events[static_cast<std::size_t>(i)].data.u64);
}

void OpenLoad::hear(std::size_t number) {
  Line& line = lines_[number];
  std::array<char, 16 << 10> bytes;
  const auto count = ::recv(line.socket, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (!line.is_busy) return close(line);  // it was idle for too long
  if (count <= 0) return lose(line, "closed without an answer");
  line.received.append(bytes.data(), static_cast<std::size_t>(count));
  const std::size_t head_end = line.received.find("\r\n\r\n");
  if (head_end == std::string::npos) return;
  const std::size_t length = line.received.find("content-length: ");
  if (length > head_end) return lose(line, "an answer without a length: " + line.received);
  const std::size_t whole = head_end + 4 + std::stoul(&line.received[length + 16]);
  if (line.received.size() < whole) return;
  note_answer(line, head_end);
  line.received.clear();
  line.is_busy = false;
  --busy_;
  idle_.push_back(number);
}

void OpenLoad::note_answer(Line& line, std::size_t head_end) {
  const int status = std::atoi(&line.received[9]);
  const double took = LoadPlan::Seconds(Clock::now() - line.sent_at).count();
  const auto has = [&](const char* name) { return line.received.find(name) < head_end; };
  if (status == 200 || status == 202) {
    const std::size_t slot = line.received.find("\r\nslot: ");
    if (slot < head_end) messages_[line.message].slot = std::stoull(&line.received[slot + 8]);
    ++report_.acknowledged;
    report_.answer_times.push_back(took);
    return;
  }
  if ((status != 429 && status != 503) || !has("\r\nretry-after: "))
    report_.complaints.push_back(line.received.substr(0, 500));
  ++report_.refused;
  report_.refusal_times.push_back(took);
  waiting_.push_back(line.message);
}

void OpenLoad::lose(Line& line, const std::string& why) {
  report_.complaints.push_back(why);
  if (line.is_busy) --busy_;
  line.is_busy = false;
  close(line);
}

void OpenLoad::close(Line& line) {
  ::close(line.socket);
  line.socket = -1;
  --open_;
}

void OpenLoad::finish() {
  const auto deadline = Clock::now() + kAnswerPatience;
  while (busy_ > 0 && Clock::now() < deadline)
    receive(100);
  if (busy_ > 0) report_.complaints.push_back(fmt::format("{} requests without an answer", busy_));
  for (const Line& line : lines_)
    if (line.socket >= 0) ::close(line.socket);
  ::close(epoll_);
  lines_.clear();
  idle_.clear();
  open_ = busy_ = 0;
}

}  // namespace ao::test
