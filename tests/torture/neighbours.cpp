// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/neighbours.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kRounds = 4;  // of a calm window and a hostile one
constexpr auto kWindow = 2500ms;
constexpr std::size_t kNeighbours = 2;
constexpr std::size_t kHostileClients = 2;  // so that one message always waits
constexpr double kRatioMax = 2;
constexpr Milliseconds kNoise{3};  // of the machine, on either side

constexpr const char* kNeighbour = R"(
count = 0
Handlers.add("add", "Add", function(msg)
  count = count + 1
  msg.reply({ Data = tostring(count) })
end)
)";

double percentile_99(std::vector<double>& times) {
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// A signed message after another to one process.
class Sender {
 public:
  Sender(std::uint16_t port, const ProcessId& process) : connection_(port), process_(process) {}

  // The answer's body when the message was accepted.
  Result<nlohmann::json> push(const std::string& action, const std::string& data) {
    message::Draft draft = message_draft(process_, action, data);
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, ++sent_);
    AO_TRY(answer, connection_.post(path_of(process_, "push"), sign(draft, *key_).bytes()));
    if (answer.status / 100 != 2)
      return fail(ErrorKind::kUnavailable, "refused", answer.body.substr(0, 200));
    return nlohmann::json::parse(answer.body, nullptr, false);
  }

 private:
  Connection connection_;
  ProcessId process_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::uint64_t sent_ = 0;
};

class Neighbours {
 public:
  Neighbours(const std::vector<HostileProgram>& programs, const Options& options, Checks& checks)
      : programs_(programs),
        checks_(checks),
        folder_(new_folder("hostile-lua", in_memory())),
        node_([&] {
          NodePlace place;
          place.binary = options.node;
          place.folder = folder_;
          place.port = free_port();
          // Two, also where there are fewer cores: who waits for a core is not waiting for us.
          place.environment = {
              {"AONODE_THREADS_CPU", options.sabotage == "one-thread" ? "1" : "2"}};
          return place;
        }()) {}

  void check() {
    node_.start();
    if (!node_.wait_until_ready(60s)) throw std::runtime_error("the node does not start");
    Connection connection(node_.port());
    set_up(connection);
    for (int round = 0; round < kRounds; ++round) {
      play_window(calm_, false);
      play_window(hostile_, true);
    }
    conclude(connection);
    leave(folder_, node_, checks_);
  }

 private:
  void set_up(Connection& connection) {
    const auto owner = crypto::Key::new_ed25519();
    const Address node{connection.text("/~meta@1.0/info/address")};
    target_ = spawn_process(connection, target_module(), node, *owner);
    for (std::size_t i = 0; i < kNeighbours; ++i)
      neighbours_.push_back(std::make_unique<Sender>(
          node_.port(), spawn_process(connection, kNeighbour, node, *owner)));
    for (std::size_t i = 0; i < kHostileClients; ++i)
      hostile_clients_.push_back(std::make_unique<Sender>(node_.port(), target_));
  }

  void play_window(std::vector<double>& percentiles, bool hostile) {
    std::atomic<bool> stopping = false;
    std::vector<std::thread> background;
    if (hostile) {
      for (auto& client : hostile_clients_)
        background.emplace_back([&] { stream(*client, stopping); });
    } else {
      background.emplace_back([&] {
        while (!stopping) {
        }
      });
    }
    std::vector<std::vector<double>> times(kNeighbours);
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < kNeighbours; ++i)
      clients.emplace_back([&, i] { measure(*neighbours_[i], times[i]); });
    for (std::thread& client : clients)
      client.join();
    stopping = true;
    for (std::thread& one : background)
      one.join();
    std::vector<double> all;
    for (const auto& some : times)
      all.insert(all.end(), some.begin(), some.end());
    measured_ += all.size();
    percentiles.push_back(all.empty() ? 1e9 : percentile_99(all));
  }

  void stream(Sender& client, const std::atomic<bool>& stopping) {
    while (!stopping) {
      const HostileProgram& program = programs_[next_program_++ % programs_.size()];
      if (const auto answer = client.push("Run", program.source); !answer)
        complain(program.name + ": " + answer.error().text);
      ++streamed_;
    }
  }

  void measure(Sender& client, std::vector<double>& times) {
    for (const auto end = Clock::now() + kWindow; Clock::now() < end;) {
      const auto begin = Clock::now();
      const auto answer = client.push("Add", "1");
      times.push_back(Milliseconds(Clock::now() - begin).count());
      if (!answer) complain("a neighbour: " + answer.error().text);
    }
  }

  void complain(std::string what) {
    const std::scoped_lock lock(mutex_);
    complaints_.push_back(std::move(what));
  }

  void conclude(Connection& connection) {
    const double calm = median(calm_);
    const double hostile = median(hostile_);
    fmt::print(
        "neighbours: {} messages; p99 {:.1f} ms in calm windows, {:.1f} ms while {} hostile "
        "messages streamed\n",
        measured_, calm, hostile, streamed_.load());
    checks_.expect("every message was answered", complaints_);
    checks_.expect("the neighbours' p99 at most doubles",
                   hostile <= kRatioMax * calm + kNoise.count(),
                   fmt::format("{:.1f} ms instead of {:.1f} ms", hostile, calm));
    const auto answer = Sender(node_.port(), target_).push("Ping", "still there");
    checks_.expect("the process that was streamed at answers still",
                   answer && answer->dump().find("still there") != std::string::npos,
                   answer ? answer->dump().substr(0, 300) : answer.error().text);
    const auto ready = connection.get("/readyz");
    checks_.expect("the node is the one that was started, and ready",
                   node_.is_running() && ready && ready->status == 200);
    checks_.expect("it stops when asked to", node_.stop(20s) == 0, "another exit code than 0");
  }

  const std::vector<HostileProgram>& programs_;
  Checks& checks_;
  std::filesystem::path folder_;
  NodeProcess node_;
  ProcessId target_;
  std::vector<std::unique_ptr<Sender>> neighbours_;
  std::vector<std::unique_ptr<Sender>> hostile_clients_;
  std::vector<double> calm_;  // the 99th percentile of each window, in ms
  std::vector<double> hostile_;
  std::size_t measured_ = 0;
  std::atomic<std::size_t> next_program_ = 0;
  std::atomic<std::size_t> streamed_ = 0;
  std::mutex mutex_;
  std::vector<std::string> complaints_;
};

}  // namespace

std::string target_module() {
  return R"(
local pings, tostring, load, assert = 0, tostring, load, assert
Handlers.add("ping", "Ping", function(msg)
  pings = pings + 1
  msg.reply({ Data = tostring(pings) .. " " .. msg.Data })
end)
Handlers.add("run", "Run", function(msg) assert(load(msg.Data, "=hostile"))() end)
)";
}

void check_neighbours(const std::vector<HostileProgram>& programs, const Options& options,
                      Checks& checks) {
  Neighbours(programs, options, checks).check();
}

}  // namespace ao::test
