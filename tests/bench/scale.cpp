// What a store of many processes costs: restarting the node on it, the memory that the node takes,
// and appending to it beside a store of 1,000 processes.
//
// The stores are filled below admission (bench/filled_store.hpp). The node is the real one, and
// what it is sent before it is killed are real messages, that it verifies and evaluates.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>

#include "bench/append_load.hpp"
#include "bench/filled_store.hpp"
#include "bench/load.hpp"
#include "bench/quiet.hpp"
#include "bench/scenario.hpp"
#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/node_process.hpp"

namespace ao::bench {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t kFewProcesses = 1'000;
constexpr std::size_t kFillMemtableBytes = 256 << 20;  // large ones spare compactions
constexpr std::size_t kReads = 4'000;
constexpr std::size_t kReadConnections = 8;
constexpr std::size_t kTurnMessages = 16'384;
constexpr std::size_t kKilledMessages = 24'000;
constexpr std::size_t kKilledProcesses = 4;
constexpr std::uint64_t kKilledLogBytes = 20 << 20;  // two thirds of what a memtable holds

constexpr double kReadySeconds = 2;
constexpr double kResidentBytes = 300e6;
constexpr double kAppendTarget = 0.8;

std::string megabytes(double bytes) {
  return fmt::format("{:.1f} MB", bytes / 1e6);
}

// A node's folder with a filled store in it.
class Place {
 public:
  Place(const fs::path& folder, const Options& options, std::size_t processes) {
    fs::create_directories(folder);
    place_.binary = options.node;
    place_.folder = folder;
    place_.port = test::free_port();
    const test::NodeProcess makes_the_key(place_);
    key_ = crypto::Key::load(folder / "node-key.json").value();
    if (!fs::exists(store() / "CURRENT")) fill(processes);
    const auto opened = open();
    processes_ = schedule::Log(*opened).processes();
    if (processes_.size() < processes)
      throw std::runtime_error(fmt::format("{} holds {} processes, not {}", store().string(),
                                           processes_.size(), processes));
  }

  fs::path store() const { return place_.folder / "data" / "store"; }
  const test::NodePlace& node() const { return place_; }
  const crypto::Key& key() const { return *key_; }

  std::unique_ptr<store::Store> open(std::size_t memtable_bytes = 0) const {
    store::Settings settings;
    settings.directory = store();
    if (memtable_bytes != 0) settings.memtable_bytes = memtable_bytes;
    return store::Store::open(settings);
  }

  std::vector<ProcessId> some_processes(std::size_t count, std::mt19937_64& random) const {
    std::vector<ProcessId> some;
    for (std::size_t i = 0; i < count; ++i)
      some.push_back(processes_[random() % processes_.size()]);
    return some;
  }

 private:
  void fill(std::size_t processes) const {
    fmt::print("scale: filling {} processes with a spawn and {} messages each\n", processes,
               kMessagesEach);
    auto opened = open(kFillMemtableBytes);
    const auto start = std::chrono::steady_clock::now();
    fill_store(*opened, *key_, processes);
    const double filled = seconds_since(start);
    opened.reset();
    opened = open();
    wait_until_quiet(store());
    const double entries = static_cast<double>(processes * (1 + kMessagesEach));
    const auto bytes = static_cast<double>(bytes_in(store()));
    fmt::print("  filled in {:.0f} s, compacted in {:.0f} s; {} on disk, {:.0f} bytes a message\n",
               filled, seconds_since(start) - filled, megabytes(bytes), bytes / entries);
  }

  test::NodePlace place_;
  std::unique_ptr<crypto::Key> key_;
  std::vector<ProcessId> processes_;
};

// ---- restarts ----------------------------------------------------------------------------------

struct Restart {
  double ready_seconds = 0;
  double ready_bytes = 0;  // resident, as soon as it is ready
  double read_bytes = 0;   // after the reads
};

// Heads, outcomes and slots of processes that were not read before.
std::vector<std::string> reads_of(const Place& place, std::mt19937_64& random) {
  std::vector<std::string> requests;
  for (const ProcessId& process : place.some_processes(kReads, random)) {
    const std::uint64_t slot = 1 + random() % kMessagesEach;
    const std::array<std::string, 3> wanted{
        "slot/current", fmt::format("compute={}", slot),
        fmt::format("schedule?from={}&to={}", slot, slot + random() % kMessagesEach)};
    requests.push_back(fmt::format("GET {} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
                                   test::path_of(process, wanted[requests.size() % 3])));
  }
  return requests;
}

void expect_answers(const LoadReport& report) {
  if (report.refusals > 0)
    throw std::runtime_error(fmt::format("{} of {} requests were refused, the first with {}",
                                         report.refusals, report.answers, report.refusal));
}

// Nothing of the store is in memory when the node begins.
Restart restart(test::NodeProcess& node, const Place& place, std::mt19937_64& random) {
  drop_from_page_cache(place.store());
  Restart restart;
  const auto start = std::chrono::steady_clock::now();
  node.start();
  if (!node.wait_until_ready(2min))
    throw std::runtime_error("the node is not ready:\n" + node.last_log_lines(10));
  restart.ready_seconds = seconds_since(start);
  restart.ready_bytes = test::resident_bytes_of(node.pid());
  expect_answers(send_all(node.port(), reads_of(place, random), kReadConnections));
  restart.read_bytes = test::resident_bytes_of(node.pid());
  return restart;
}

void print_restart(const char* how, const Restart& restart, std::uint64_t log_bytes) {
  fmt::print("  {:<14}{:>9.3f} s{:>16}{:>16}{:>16}\n", how, restart.ready_seconds,
             megabytes(restart.ready_bytes), megabytes(restart.read_bytes),
             megabytes(static_cast<double>(log_bytes)));
}

// Real messages to new processes, until the log of what is in no table yet is long.
void kill_under_load(test::NodeProcess& node, const Place& place) {
  test::Connection connection(node.port());
  const auto client = crypto::Key::new_ed25519();
  std::vector<ProcessId> processes;
  for (std::size_t i = 0; i < kKilledProcesses; ++i)
    processes.push_back(
        test::spawn_process(connection, "-- " + std::to_string(i), place.key().address(), *client));
  std::vector<std::string> requests;
  for (const auto& message :
       messages_for(processes, kKilledMessages, *client, place.key().address()))
    requests.push_back(
        post_request(test::path_of(message.process(), "push"), message.item().bytes()));
  auto sending = std::async(std::launch::async, [&] {
    expect_answers(send_all(node.port(), requests, 32));
    throw std::runtime_error("the node was not killed under load");
  });
  while (bytes_in(place.store(), ".log") < kKilledLogBytes)
    if (sending.wait_for(1ms) == std::future_status::ready) sending.get();
  node.kill();
  try {
    sending.get();
  } catch (const std::runtime_error&) {  // its connections broke
  }
}

std::vector<Ratio> measure_restarts(const Place& place, const Options& options,
                                    std::mt19937_64& random) {
  fmt::print("scale: the node on {} on disk, none of it in memory\n",
             megabytes(static_cast<double>(bytes_in(place.store()))));
  fmt::print("  {:<14}{:>11}{:>16}{:>16}{:>16}\n", "after", "ready", "resident", "after reads",
             "log recovered");
  test::NodeProcess node(place.node());
  std::vector<double> stopped, killed, resident;
  const auto measure = [&](const char* how, std::vector<double>& ready) {
    const std::uint64_t log_bytes = bytes_in(place.store(), ".log");
    const Restart once = restart(node, place, random);
    print_restart(how, once, log_bytes);
    ready.push_back(once.ready_seconds);
    resident.push_back(std::max(once.ready_bytes, once.read_bytes));
  };
  for (std::size_t i = 0; i < options.repetitions; ++i) {
    measure("a clean stop", stopped);
    kill_under_load(node, place);
    measure("kill -9", killed);
    if (node.stop(30s) != 0) throw std::runtime_error(node.last_log_lines(10));
  }
  return {{"scale-ready", median(stopped) / kReadySeconds, 1.0, true},
          {"scale-ready-killed", median(killed) / kReadySeconds, 1.0, true},
          {"scale-resident", std::ranges::max(resident) / kResidentBytes, 1.0, true}};
}

// ---- appends -----------------------------------------------------------------------------------

struct Appended {
  double per_second = 0;              // messages
  double processor_microseconds = 0;  // of a message
};

class Side {
 public:
  explicit Side(const Place& place)
      : place_(place), store_(place.open()), schedule_({}, *store_, place.key(), clock_, cpu_) {}
  ~Side() { cpu_.join(); }

  // What was appended is evaluated, and the store at rest, when it returns.
  Appended append(std::mt19937_64& random) {
    const auto client = crypto::Key::new_ed25519();  // a known one might say the same again
    auto messages = messages_for(place_.some_processes(kTurnMessages, random), kTurnMessages,
                                 *client, place_.key().address());
    wait_until_quiet(place_.store());
    const double before = processor_seconds();
    const double seconds = append_all(schedule_, cpu_, std::move(messages));
    const double used = processor_seconds() - before;
    if (evaluate_waiting(*store_) != kTurnMessages)
      throw std::runtime_error("not every message was marked as scheduled");
    wait_until_quiet(place_.store());
    return {kTurnMessages / seconds, 1e6 * used / kTurnMessages};
  }

 private:
  const Place& place_;
  const std::unique_ptr<store::Store> store_;
  const SystemClock clock_;
  async::Pool cpu_{"cpu", std::max(1u, std::thread::hardware_concurrency())};
  schedule::Schedule schedule_;
};

Ratio measure_appends(const Place& many_place, const Place& few_place, const Options& options,
                      std::mt19937_64& random) {
  for (const Place* place : {&many_place, &few_place})
    read_into_page_cache(place->store());
  Side many(many_place), few(few_place);
  fmt::print("scale: appending {} messages to random processes, all stores in memory and at rest\n",
             kTurnMessages);
  fmt::print("  {:>18}{:>12}{:>18}{:>12}{:>9}\n", "many processes /s", "processor",
             "few processes /s", "processor", "ratio");
  std::vector<double> ratios;
  for (std::size_t i = 0; i <= options.repetitions; ++i) {
    const Appended to_few = few.append(random);
    const Appended to_many = many.append(random);
    const double ratio = to_many.per_second / to_few.per_second;
    fmt::print("  {:>18.0f}{:>9.0f} us{:>18.0f}{:>9.0f} us{:>9.3f}{}\n", to_many.per_second,
               to_many.processor_microseconds, to_few.per_second, to_few.processor_microseconds,
               ratio, i == 0 ? "  not counted" : "");
    // The first opens shards, and fills caches.
    if (i > 0) ratios.push_back(ratio);
  }
  return {"scale-append", median(ratios), kAppendTarget, false};
}

}  // namespace

std::vector<Ratio> measure_scale(const Options& options) {
  const test::Folder scratch;
  const fs::path folder = options.store.empty() ? scratch.path() : fs::absolute(options.store);
  const Place many(folder / "many", options, options.processes);
  const Place few(folder / "few", options, kFewProcesses);
  std::mt19937_64 random{std::random_device()()};
  auto ratios = measure_restarts(many, options, random);
  ratios.push_back(measure_appends(many, few, options, random));
  return ratios;
}

}  // namespace ao::bench
