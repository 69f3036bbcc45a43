// What reading a process's visible state costs: one of 100,000 balances by its path, while the
// process takes writes, beside Beast alone answering as many bytes.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <atomic>
#include <random>
#include <stdexcept>
#include <thread>

#include "ao/crypto/digest.hpp"
#include "bench/bare_server.hpp"
#include "bench/load.hpp"
#include "bench/scenario.hpp"
#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/node_process.hpp"

namespace ao::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBalances = 100'000;
constexpr std::size_t kAtOnce = 1'000;
constexpr std::size_t kReads = 20'000;
constexpr double kTarget = 0.7;
constexpr auto kWritePause = 10ms;

constexpr const char* kProgram = R"(
Handlers.add("Fill", function(msg)
  local balances = {}
  for account in msg.Data:gmatch("%S+") do balances[account] = "1000000" end
  Send({ device = "patch@1.0", balances = balances })
end)
Handlers.add("Set", function(msg)
  Send({ device = "patch@1.0", balances = { [msg.Tags.Account] = msg.Tags.Amount } })
end))";

std::string account(std::size_t number) {
  return base64url(crypto::view(crypto::sha256("account " + std::to_string(number))));
}

class Ledger {
 public:
  explicit Ledger(std::uint16_t port) : connection_(port) {
    const Address node{connection_.text("/~meta@1.0/info/address")};
    process_ = test::spawn_process(connection_, kProgram, node, *owner_);
    for (std::size_t i = 0; i < kBalances; i += kAtOnce) {
      std::string names;
      for (std::size_t j = i; j < i + kAtOnce; ++j)
        names += account(j) + ' ';
      push(test::message_draft(process_, "Fill", names));
    }
  }

  void write(std::size_t number) {
    auto draft = test::message_draft(process_, "Set", std::to_string(number));
    draft.tags.push_back({"Account", account(number % kBalances)});
    draft.tags.push_back({"Amount", "2000000"});
    push(draft);
  }

  std::vector<std::string> reads() const {
    std::mt19937 random(1);
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < kReads; ++i)
      requests.push_back(
          get_request(test::path_of(process_, "now/balances/" + account(random() % kBalances))));
    return requests;
  }

 private:
  void push(const message::Draft& draft) {
    const auto answer =
        connection_.post(test::path_of(process_, "push"), test::sign(draft, *owner_).bytes());
    if (!answer || answer->status != 200)
      throw std::runtime_error(answer ? answer->body : answer.error().text);
  }

  std::unique_ptr<crypto::Key> owner_ = crypto::Key::new_ed25519();
  test::Connection connection_;
  ProcessId process_;
};

// Writes until it goes, a hundred times a second at most.
class Writer {
 public:
  explicit Writer(Ledger& ledger)
      : thread_([this, &ledger] {
          while (!stopping_) {
            ledger.write(written_++);
            std::this_thread::sleep_for(kWritePause);
          }
        }) {}
  ~Writer() {
    stopping_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stopping_ = false;
  std::size_t written_ = 0;
  std::thread thread_;
};

struct Measured {
  double per_second = 0;
  double cpu_us = 0;  // of one answer
  std::size_t body_bytes = 0;
};

Measured measure(std::uint16_t port, pid_t pid, const std::vector<std::string>& requests,
                 std::size_t connections) {
  const double before = test::cpu_time_of(pid).total_seconds;
  const LoadReport report = send_all(port, requests, connections);
  if (report.refusals > 0) throw std::runtime_error("a read was refused: " + report.refusal);
  const auto count = static_cast<double>(requests.size());
  return {count / report.seconds, 1e6 * (test::cpu_time_of(pid).total_seconds - before) / count,
          report.body_bytes / requests.size()};
}

}  // namespace

std::vector<Ratio> measure_reads(const Options& options) {
  const test::Folder folder;
  test::NodePlace place;
  place.binary = options.node;
  place.folder = folder.path();
  place.port = test::free_port();
  place.environment["AONODE_HTTP_REQUESTS_PER_SECOND"] = "0";  // all come from one
  test::NodeProcess node(place);
  node.start();
  if (!node.wait_until_ready(30s)) throw std::runtime_error(node.last_log_lines(10));
  Ledger ledger(node.port());
  const auto requests = ledger.reads();

  fmt::print("reads: {} of {} balances over {} connections, {} ms between writes\n", kReads,
             kBalances, options.connections, kWritePause.count());
  fmt::print("  {:>12}{:>12}{:>12}{:>14}{:>14}\n", "node /s", "Beast /s", "ratio", "node µs CPU",
             "Beast µs CPU");
  std::vector<double> rates, costs;
  for (std::size_t i = 0; i <= options.repetitions; ++i) {
    Measured ours;
    {
      const Writer writer(ledger);
      ours = measure(node.port(), node.pid(), requests, options.connections);
    }
    const BareServer bare(ours.body_bytes, BareServer::Kind::kBeast);
    const Measured theirs = measure(bare.port(), bare.pid(), requests, options.connections);
    if (i == 0) continue;  // everything is in memory from now on
    rates.push_back(ours.per_second / theirs.per_second);
    costs.push_back(ours.cpu_us / theirs.cpu_us);
    fmt::print("  {:>12.0f}{:>12.0f}{:>12.3f}{:>14.1f}{:>14.1f}\n", ours.per_second,
               theirs.per_second, rates.back(), ours.cpu_us, theirs.cpu_us);
  }
  return {{"reads", median(rates), kTarget, false},
          {"reads-cpu-over-beast", median(costs), std::nullopt, true}};
}

}  // namespace ao::bench
