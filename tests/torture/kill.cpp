// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "torture/audit.hpp"
#include "torture/client.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

constexpr auto kReadyPatience = 60s;
constexpr auto kSettlePatience = 120s;

NodePlace place_in(const std::filesystem::path& folder, const Options& options) {
  NodePlace place;
  place.binary = options.node;
  place.folder = folder;
  place.port = free_port();
  // Clients that do not wait for outcomes leave more behind for a restart to find.
  place.environment = {{"AONODE_HTTP_PUSH_WAIT", "20ms"}, {"AONODE_STORE_CACHE_BYTES", "8MiB"}};
  return place;
}

class KillProgramme {
 public:
  KillProgramme(const Options& options, Checks& checks)
      : options_(options),
        checks_(checks),
        random_(options.seed),
        folder_(new_folder("kill")),
        node_(place_in(folder_, options)),
        recorder_(folder_ / "acknowledged.txt") {}

  void run() {
    try {
      play();
    } catch (const std::exception& error) {  // an answer that nobody could expect
      checks_.expect("the programme runs to its end", false, error.what());
    }
    report_times();
    leave(folder_, node_, checks_);
  }

 private:
  void play() {
    if (!bring_up()) return;
    Connection connection(node_.port());
    cast_ = set_up_cast(connection);
    std::atomic<bool> stopping = false;
    auto clients = start_clients(stopping);
    const bool survived = kill_again_and_again();
    stopping = true;
    for (std::thread& client : clients)
      client.join();
    if (survived) conclude(connection);
  }

  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + random_() % (most - least + 1);
  }

  bool bring_up() {
    const auto began = std::chrono::steady_clock::now();
    node_.start();
    const bool ready = node_.wait_until_ready(kReadyPatience);
    times_to_ready_.push_back(std::chrono::steady_clock::now() - began);
    checks_.expect(fmt::format("start {}: ready", ++starts_), ready, "the node ended, or hangs");
    return ready;
  }

  std::vector<std::thread> start_clients(const std::atomic<bool>& stopping) {
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < options_.clients; ++i) {
      const std::uint64_t seed = random_();
      clients.emplace_back(
          [this, seed, &stopping] { Client(cast_, node_.port(), seed, recorder_).run(stopping); });
    }
    return clients;
  }

  // False when the node did not come up again.
  bool kill_again_and_again() {
    for (std::size_t i = 1; i <= options_.count; ++i) {
      const bool while_starting = i > 1 && between(1, 4) == 1;
      if (while_starting) {
        node_.start();
        std::this_thread::sleep_for(Milliseconds(between(5, 200)));
      } else {
        if (i > 1 && !bring_up()) return false;
        std::this_thread::sleep_for(Milliseconds(between(50, 1'500)));
        note_divergences();
      }
      node_.kill();
      if (!while_starting && 2 * i >= options_.count) sabotage_once();
    }
    if (!bring_up()) return false;
    std::this_thread::sleep_for(200ms);
    return true;
  }

  void conclude(Connection& connection) {
    if (options_.sabotage == "lose-ack") recorder_.invent_acknowledgement(cast_.counter);
    checks_.expect("everything is evaluated and delivered in the end",
                   wait_until_settled(connection, cast_, kSettlePatience), "not after two minutes");
    Audit audit(cast_, recorder_, checks_);
    audit.examine(connection);
    note_divergences();
    checks_.expect("it stops when asked to", node_.stop(20s) == 0, "another exit code than 0");
    if (!bring_up()) return;
    wait_until_settled(connection, cast_, kSettlePatience);
    audit.examine_again(connection);
    note_divergences();
    checks_.expect("no replay gave another outcome", divergences_);
  }

  // Counters start anew with the node, so they are read before each end.
  void note_divergences() {
    http::ClientLimits limits;
    limits.answer_timeout = 2s;
    Connection connection(node_.port(), limits);
    const auto answer = connection.get("/metrics");
    if (!answer) return;
    const std::string name = "\naonode_replay_divergences_total ";
    const std::size_t at = answer->body.find(name);
    const double count =
        at == std::string::npos ? 0 : std::strtod(&answer->body[at + name.size()], nullptr);
    if (count > 0) divergences_.push_back(fmt::format("start {}: {} slots", starts_, count));
  }

  // Takes away the log that holds what was acknowledged since the last start.
  void sabotage_once() {
    if (options_.sabotage != "drop-wal" || std::filesystem::exists(folder_ / "dropped.log")) return;
    std::filesystem::path newest;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(node_.data_folder()))
      if (entry.path().extension() == ".log" && entry.file_size() > 0 && entry.path() > newest)
        newest = entry.path();
    fmt::print("sabotage: {} is moved away, {} bytes\n", newest.filename().string(),
               std::filesystem::file_size(newest));
    std::filesystem::rename(newest, folder_ / "dropped.log");
  }

  void report_times() {
    std::sort(times_to_ready_.begin(), times_to_ready_.end());
    const auto in_ms = [](auto time) {
      return std::chrono::duration<double, std::milli>(time).count();
    };
    fmt::print(
        "{} messages acknowledged, {} kills; time to ready: median {:.0f} ms, most {:.0f} ms\n",
        recorder_.acknowledged_count(), options_.count,
        in_ms(times_to_ready_[times_to_ready_.size() / 2]), in_ms(times_to_ready_.back()));
  }

  const Options& options_;
  Checks& checks_;
  std::mt19937_64 random_;
  std::filesystem::path folder_;
  NodeProcess node_;
  Recorder recorder_;
  Cast cast_;
  std::size_t starts_ = 0;
  std::vector<std::chrono::steady_clock::duration> times_to_ready_;
  std::vector<std::string> divergences_;
};

}  // namespace

void run_kill(const Options& options, Checks& checks) {
  KillProgramme(options, checks).run();
}

}  // namespace ao::test
