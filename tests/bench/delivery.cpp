// What a delivered message costs, and how many there are in a second: two processes that send each
// other balls, on one node and on two, beside messages that clients send.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "bench/load.hpp"
#include "bench/scenario.hpp"
#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/node_process.hpp"

namespace ao::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBalls = 100;  // of one serve, all in the air at once
constexpr std::size_t kServes = 5;
constexpr std::size_t kClientMessages = 4'000;
constexpr auto kPatience = 120s;
constexpr double kLocalTarget = 20'000;
constexpr double kRemoteTarget = 5'000;

constexpr const char* kPlayer = R"(
hits = hits or 0
local function show() Send({ device = "patch@1.0", hits = hits }) end
Handlers.add("serve", "Serve", function(msg)
  for ball = 1, tonumber(msg.Balls) do
    Send({ Target = msg.To, Action = "Hit", Left = msg.Hits, Ball = tostring(ball) })
  end
end)
Handlers.add("hit", "Hit", function(msg)
  hits = hits + 1
  local left = tonumber(msg.Left)
  if left > 1 then
    Send({ Target = msg.From, Action = "Hit", Left = tostring(left - 1), Ball = msg.Ball })
  end
  if left <= 2 then show() end  -- each ball's last hit of either player
end)
)";

struct Site {
  test::Folder folder;
  std::unique_ptr<test::NodeProcess> node;
  Address address;
};

struct Match {
  double messages_per_second = 0;
  double cpu_us = 0;  // of all nodes, for a delivered message
};

class Court {
 public:
  Court(const Options& options, std::size_t nodes) : sites_(nodes) {
    std::vector<std::uint16_t> ports;
    std::string urls;
    for (std::size_t i = 0; i < nodes; ++i) {
      ports.push_back(test::free_port());
      urls += fmt::format("{}http://127.0.0.1:{}", i == 0 ? "" : ",", ports.back());
    }
    for (std::size_t i = 0; i < nodes; ++i) {
      test::NodePlace place;
      place.binary = options.node;
      place.folder = sites_[i].folder.path();
      place.port = ports[i];
      place.environment = {{"AONODE_LOG_LEVEL", "warn"}};
      if (nodes > 1) place.environment["AONODE_PEERS_URLS"] = urls;
      sites_[i].node = std::make_unique<test::NodeProcess>(place);
      sites_[i].node->start();
      if (!sites_[i].node->wait_until_ready(60s)) throw std::runtime_error("a node does not start");
      test::Connection connection(ports[i]);
      sites_[i].address.text = connection.text("/~meta@1.0/info/address");
    }
    message::Tags authorities;
    for (const Site& site : sites_)
      authorities.push_back({"Authority", site.address.text});
    for (const Site* site : {&sites_.front(), &sites_.back()}) {
      test::Connection connection(site->node->port());
      players_.push_back(
          test::spawn_process(connection, kPlayer, site->address, *owner_, authorities));
    }
    play(1, 10);  // wakes everything, and finds out who lives where
  }

  Match play(std::size_t serves, std::size_t hits_of_ball) {
    const auto began = std::chrono::steady_clock::now();
    const double before = cpu_seconds();
    const std::uint64_t due = hits() + serves * kBalls * hits_of_ball;
    for (std::size_t i = 0; i < serves; ++i)
      serve(hits_of_ball);
    while (hits() < due) {
      if (std::chrono::steady_clock::now() > began + kPatience)
        throw std::runtime_error(fmt::format("{} of {} hits after two minutes", hits(), due));
      std::this_thread::sleep_for(20ms);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const auto delivered = static_cast<double>(serves * kBalls * hits_of_ball);
    return {delivered / took.count(), 1e6 * (cpu_seconds() - before) / delivered};
  }

  // As many hits as if they came from the other player.
  Match send_from_client() {
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < kClientMessages; ++i) {
      auto draft = test::message_draft(players_.front(), "Hit");
      draft.anchor = Bytes(24, '0');
      put_u64be(draft.anchor, ++sent_);
      draft.tags.push_back({"Left", "1"});
      const auto item = test::sign(draft, *owner_);
      requests.push_back(post_request(test::path_of(players_.front(), "push"), item.bytes()));
    }
    const double before = cpu_seconds();
    const LoadReport report = send_all(sites_.front().node->port(), requests, 64);
    if (report.refusals > 0) throw std::runtime_error("a hit is refused: " + report.refusal);
    const auto count = static_cast<double>(requests.size());
    return {count / report.seconds, 1e6 * (cpu_seconds() - before) / count};
  }

 private:
  void serve(std::size_t hits_of_ball) {
    auto draft = test::message_draft(players_.front(), "Serve");
    draft.anchor = Bytes(24, 's');
    put_u64be(draft.anchor, ++served_);
    draft.tags.push_back({"To", players_.back().text()});
    draft.tags.push_back({"Balls", std::to_string(kBalls)});
    draft.tags.push_back({"Hits", std::to_string(hits_of_ball)});
    test::Connection connection(sites_.front().node->port());
    const auto answer = connection.post(test::path_of(players_.front(), "schedule"),
                                        test::sign(draft, *owner_).bytes());
    if (!answer || answer->status != 200)
      throw std::runtime_error("serving: " + (answer ? answer->body : answer.error().text));
  }

  // As far as they are shown.
  std::uint64_t hits() {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < players_.size(); ++i) {
      const Site& site = i == 0 ? sites_.front() : sites_.back();
      test::Connection connection(site.node->port());
      const auto answer = connection.get(test::path_of(players_[i], "compute/hits"));
      if (answer && answer->status == 200) sum += std::strtoull(answer->body.c_str(), nullptr, 10);
    }
    return sum;
  }

  double cpu_seconds() const {
    double sum = 0;
    for (const Site& site : sites_)
      sum += site.node->cpu_time().total_seconds;
    return sum;
  }

  std::unique_ptr<crypto::Key> owner_ = crypto::Key::new_ed25519();
  std::vector<Site> sites_;
  std::vector<ProcessId> players_;
  std::uint64_t served_ = 0, sent_ = 0;
};

}  // namespace

std::vector<Ratio> measure_delivery(const Options& options) {
  Court local(options, 1), remote(options, 2);
  std::vector<double> local_rates, remote_rates, local_costs, remote_costs;
  fmt::print("delivery: {} balls in the air, {} hits each\n", kServes * kBalls,
             options.messages / 10);
  fmt::print("  {:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "client /s", "local /s", "remote /s",
             "client us", "local us", "remote us");
  for (std::size_t i = 0; i <= options.repetitions; ++i) {
    const Match client = local.send_from_client();
    const Match here = local.play(kServes, options.messages / 10);
    const Match there = remote.play(kServes, options.messages / 10);
    if (i == 0) continue;  // everything is met once
    local_rates.push_back(here.messages_per_second);
    remote_rates.push_back(there.messages_per_second);
    local_costs.push_back(here.cpu_us / client.cpu_us);
    remote_costs.push_back(there.cpu_us / client.cpu_us);
    fmt::print("  {:>12.0f}{:>12.0f}{:>12.0f}{:>12.0f}{:>12.0f}{:>12.0f}\n",
               client.messages_per_second, here.messages_per_second, there.messages_per_second,
               client.cpu_us, here.cpu_us, there.cpu_us);
  }
  return {{"delivery: local messages/s", median(local_rates), kLocalTarget, false},
          {"delivery: messages/s over two nodes", median(remote_rates), kRemoteTarget, false},
          {"delivery: local / client cpu", median(local_costs), {}, true},
          {"delivery: two nodes / client cpu", median(remote_costs), {}, true}};
}

}  // namespace ao::bench
