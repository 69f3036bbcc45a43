// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

#include "support/workbench.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/observation.hpp"
#include "torture/programme.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;

constexpr std::size_t kTickers = 16;
constexpr std::uint64_t kBeatMs = 250;   // each of them is made up for
constexpr std::uint64_t kPulseMs = 100;  // one stands for all that were missed
constexpr auto kReadyPatience = 60s;
constexpr auto kSettlePatience = 120s;

// At each beat it sets a task that is due once, a moment later. The pulse is its definition's.
constexpr const char* kTicker = R"(
beats, pulses, shots = beats or 0, pulses or 0, shots or 0
local function show()
  Send({ device = "patch@1.0", beats = beats, pulses = pulses, shots = shots })
end
Handlers.add("begin", "Begin", function()
  Send({ device = "cron@1.0", action = "every", name = "beat", interval = "250-milliseconds",
         missed = "all", overlap = "queue", Tags = { Action = "Beat" } })
  show()
end)
Handlers.add("beat", function(msg) return msg.Cron and msg.Action == "Beat" end, function(msg)
  beats = beats + 1
  Send({ device = "cron@1.0", action = "at", name = "shot-" .. beats, time = msg.Timestamp + 50,
         Tags = { Action = "Shot" } })
  show()
end)
Handlers.add("pulse", function(msg) return msg.Cron and msg.Action == "Pulse" end, function()
  pulses = pulses + 1
  show()
end)
Handlers.add("shot", function(msg) return msg.Cron and msg.Action == "Shot" end, function()
  shots = shots + 1
  show()
end)
Handlers.add("end", "End", function()
  Send({ device = "cron@1.0", action = "stop", name = "beat" })
  Send({ device = "cron@1.0", action = "stop", name = "definition-1" })
end))";

struct TickSeen {
  std::uint64_t slot;
  std::uint64_t due;
  std::uint64_t timestamp;
  std::string action;
};

class CronProgramme {
 public:
  CronProgramme(const Options& options, Checks& checks)
      : options_(options),
        checks_(checks),
        random_(options.seed),
        folder_(new_folder("cron")),
        node_(place()) {}

  void run() {
    try {
      play();
    } catch (const std::exception& error) {  // an answer that nobody could expect
      checks_.expect("the programme runs to its end", false, error.what());
    }
    leave(folder_, node_, checks_);
  }

 private:
  NodePlace place() const {
    NodePlace place;
    place.binary = options_.node;
    place.folder = folder_;
    place.port = free_port();
    place.environment = {{"AONODE_HTTP_PUSH_WAIT", "20ms"}, {"AONODE_STORE_CACHE_BYTES", "8MiB"}};
    return place;
  }

  void play() {
    if (!bring_up()) return;
    Connection connection(node_.port());
    set_up(connection);
    for (std::size_t i = 0; i < options_.count; ++i) {
      std::this_thread::sleep_for(Milliseconds(between(50, 1'200)));
      node_.kill();
      std::this_thread::sleep_for(Milliseconds(between(0, 600)));
      if (between(1, 4) == 1) {  // and once more while it starts
        node_.start();
        std::this_thread::sleep_for(Milliseconds(between(5, 200)));
        node_.kill();
      }
      if (!bring_up()) return;
    }
    conclude(connection);
  }

  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + random_() % (most - least + 1);
  }

  bool bring_up() {
    node_.start();
    const bool ready = node_.wait_until_ready(kReadyPatience);
    checks_.expect(fmt::format("start {}: ready", ++starts_), ready, "the node ended, or hangs");
    return ready;
  }

  void send(Connection& connection, const ProcessId& process, const std::string& action) {
    auto draft = message_draft(process, action);
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, random_());
    const auto answer = connection.post(path_of(process, "push"), sign(draft, *owner_).bytes());
    if (!answer || answer->status / 100 != 2)
      throw std::runtime_error("a message is not accepted: " +
                               (answer ? answer->body : answer.error().text));
  }

  void set_up(Connection& connection) {
    const Address node{connection.text("/~meta@1.0/info/address")};
    const auto module = sign(module_draft(kTicker, "ticker.lua"), *owner_);
    if (!connection.post("/tx", module.bytes()))
      throw std::runtime_error("the module is not accepted");
    for (std::size_t i = 0; i < kTickers; ++i) {
      auto draft = spawn_draft(module.id().text(), node);
      draft.tags.push_back({"Number", std::to_string(i)});
      draft.tags.push_back({"Cron-Interval", std::to_string(kPulseMs) + "-milliseconds"});
      draft.tags.push_back({"Cron-Tag-Action", "Pulse"});
      const auto spawn = sign(draft, *owner_);
      if (!connection.post("/push", spawn.bytes()))
        throw std::runtime_error("a process is not accepted");
      tickers_.push_back(process_named_by(spawn.id()));
      send(connection, tickers_.back(), "Begin");
    }
  }

  bool has_tasks(Connection& connection, const ProcessId& process) {
    return connection.text("/~cron@1.0/list?process=" + process.text()) != "[]";
  }

  void conclude(Connection& connection) {
    for (const ProcessId& ticker : tickers_)
      send(connection, ticker, "End");
    const auto deadline = std::chrono::steady_clock::now() + kSettlePatience;
    for (const ProcessId& ticker : tickers_) {
      while (has_tasks(connection, ticker) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(50ms);
      checks_.expect("all tasks end when they are told to", !has_tasks(connection, ticker),
                     "not after two minutes");
    }
    std::vector<std::size_t> sizes;
    for (const ProcessId& ticker : tickers_)
      sizes.push_back(examine(connection, ticker));
    fmt::print("{} ticks in {} processes, {} starts\n", ticks_, tickers_.size(), starts_);
    checks_.expect("tasks go on after each kill", ticks_ >= options_.count * kTickers,
                   "there are too few ticks");
    checks_.expect("it stops when asked to", node_.stop(20s) == 0, "another exit code than 0");
    if (!bring_up()) return;
    std::this_thread::sleep_for(1500ms);
    for (std::size_t i = 0; i < tickers_.size(); ++i)
      checks_.expect("ended tasks do not come back",
                     read_schedule(connection, tickers_[i]).size() == sizes[i],
                     "there are more slots after a restart");
  }

  // The ticks that a process was scheduled, by task.
  std::map<std::string, std::vector<TickSeen>> ticks_in(const std::vector<Scheduled>& schedule) {
    std::map<std::string, std::vector<TickSeen>> ticks;
    for (const Scheduled& one : schedule)
      if (one.tag("Cron") == "true")
        ticks[std::string(one.tag("Cron-Task"))].push_back(
            {one.slot, std::stoull(std::string(one.tag("Cron-Time"))), one.timestamp,
             std::string(one.tag("Action"))});
    if (!sabotaged_) sabotage(ticks);
    return ticks;
  }

  // As if the node had done it.
  void sabotage(std::map<std::string, std::vector<TickSeen>>& ticks) {
    for (auto& [task, seen] : ticks) {
      if (seen.size() < 3 || seen.front().action != "Beat") continue;
      if (options_.sabotage == "lose-tick") seen.erase(seen.begin() + 1);
      if (options_.sabotage == "double-tick") seen.insert(seen.begin() + 1, seen[1]);
      sabotaged_ = true;
    }
  }

  std::size_t examine(Connection& connection, const ProcessId& process) {
    const nlohmann::json state = read_state(connection, process);
    const auto schedule = read_schedule(connection, process);
    std::map<std::string, std::uint64_t> counts;
    std::vector<std::string> twice, disordered, early, lost, off;
    for (const auto& [task, seen] : ticks_in(schedule)) {
      ticks_ += seen.size();
      counts[seen.front().action] += seen.size();
      const std::uint64_t interval = seen.front().action == "Beat" ? kBeatMs : kPulseMs;
      std::set<std::uint64_t> times;
      for (std::size_t i = 0; i < seen.size(); ++i) {
        const TickSeen& tick = seen[i];
        const std::string what =
            fmt::format("{} of slot {}, due {}", tick.action, tick.slot, tick.due);
        if (!times.insert(tick.due).second) twice.push_back(what);
        if (tick.timestamp < tick.due) early.push_back(what);
        if (i == 0) continue;
        const std::uint64_t before = seen[i - 1].due;
        if (tick.due < before) disordered.push_back(what);
        if (tick.action == "Beat" && tick.due > before + interval) lost.push_back(what);
        if ((tick.due - before) % interval != 0 || tick.action == "Shot") off.push_back(what);
      }
    }
    checks_.expect("no time of a task has two ticks", twice);
    checks_.expect("ticks are in the order of their times", disordered);
    checks_.expect("no tick is early", early);
    checks_.expect("no tick is lost of a task that makes up for missed ones", lost);
    checks_.expect("tasks keep their rhythm, and those that are due once tick once", off);
    checks_.expect("each task that a tick set ticked once", counts["Shot"] == counts["Beat"],
                   fmt::format("{} beats, {} shots", counts["Beat"], counts["Shot"]));
    for (const auto& [action, key] :
         {std::pair("Beat", "beats"), std::pair("Pulse", "pulses"), std::pair("Shot", "shots")})
      checks_.expect(
          "each tick is handled once", state.value(key, 0U) == counts[action],
          fmt::format("{} {} shown, {} slots", state.value(key, 0U), key, counts[action]));
    return schedule.size();
  }

  const Options& options_;
  Checks& checks_;
  std::mt19937_64 random_;
  std::filesystem::path folder_;
  NodeProcess node_;
  std::unique_ptr<crypto::Key> owner_ = crypto::Key::new_ed25519();
  std::vector<ProcessId> tickers_;
  std::size_t starts_ = 0;
  std::size_t ticks_ = 0;
  bool sabotaged_ = false;
};

}  // namespace

void run_cron(const Options& options, Checks& checks) {
  CronProgramme(options, checks).run();
}

}  // namespace ao::test
