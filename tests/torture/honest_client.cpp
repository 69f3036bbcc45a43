// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/honest_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "support/workbench.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kCallsForOnePush = 4;
constexpr std::uint64_t kCallsForOneConnection = 8;
constexpr auto kPause = 1ms;  // it is one client among many, not a flood

}  // namespace

HonestClient::HonestClient(std::uint16_t port, pid_t node, ProcessId process)
    : port_(port), process_(process) {
  statistics_.push_back("/proc/thread-self/schedstat");
  const auto threads = std::filesystem::path("/proc") / std::to_string(node) / "task";
  for (const auto& thread : std::filesystem::directory_iterator(threads)) {
    std::string name;
    std::ifstream(thread.path() / "comm") >> name;
    if (name.starts_with("net-")) statistics_.push_back(thread.path() / "schedstat");
  }
}

double HonestClient::waited_for_processor() const {
  double nanoseconds = 0;
  for (const auto& file : statistics_) {
    double ran = 0;
    double waited = 0;
    std::ifstream(file) >> ran >> waited;
    nanoseconds += waited;
  }
  return 1e-6 * nanoseconds;
}

std::vector<double> HonestClient::call_until(Clock::time_point end) {
  std::vector<double> times;
  Connection kept(port_);
  while (Clock::now() < end) {
    ++calls_;
    const bool is_push = calls_ % kCallsForOnePush == 0;
    Bytes item;
    if (is_push) {
      message::Draft draft = message_draft(process_, "Add", "1");
      draft.anchor = Bytes(24, '0');
      put_u64be(draft.anchor, calls_);
      item = sign(draft, *key_).bytes();
    }
    const double waited_before = waited_for_processor();
    const auto began = Clock::now();
    const auto call = [&](Connection& connection) {
      return is_push ? connection.post(path_of(process_, "push"), std::move(item))
                     : connection.get("/~meta@1.0/info/address");
    };
    Result<http::Response> answer = [&] {
      if (calls_ % kCallsForOneConnection > 1) return call(kept);
      Connection fresh(port_);
      return call(fresh);
    }();
    const double took = std::chrono::duration<double, std::milli>(Clock::now() - began).count();
    times.push_back(std::max(0.0, took - (waited_for_processor() - waited_before)));
    if (answer && answer->status == 200) {
      pushed_ += is_push ? 1 : 0;
    } else {
      complaints_.push_back(answer ? fmt::format("{} {}", answer->status, answer->body)
                                   : answer.error().text);
    }
    std::this_thread::sleep_for(kPause);
  }
  return times;
}

double percentile_99(std::vector<double> values) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace ao::test
