// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <thread>

#include "ao/message/data_item.hpp"
#include "support/workbench.hpp"
#include "torture/honest_client.hpp"
#include "torture/hostile_wire.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"
#include "torture/raw_socket.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;
using Manner = HostileWire::Manner;
using nlohmann::json;

constexpr std::size_t kHostile = 3;  // peers at once, each with its manner
constexpr auto kQuiet = 2s;
constexpr auto kRestDue = 10s;        // until a peer that does not answer is left alone
constexpr auto kDrainPatience = 75s;  // two of the longest pauses
constexpr auto kReadyPatience = 60s;
constexpr auto kSendEvery = 25ms;
constexpr double kRatioMax = 2;     // of the 99th percentiles
constexpr Milliseconds kNoise{10};  // of a busy machine, on either side
constexpr int kAttempts = 3;        // of a round that the machine may have slowed
constexpr double kGrowthBytes = 64 << 20;

struct Round {
  std::array<Manner, kHostile> manners;
  Clock::duration length;
  bool is_flooded;  // with gossip, too
  bool must_rest;   // whether its peers are to be left alone
};

const std::array kRounds{
    Round{{Manner::kNeverAnswers, Manner::kDrips, Manner::kMiscounts}, 11s, false, true},
    Round{{Manner::kCutsBodies, Manner::kPours, Manner::kRedirects}, 4s, false, true},
    Round{{Manner::kLies, Manner::kEquivocates, Manner::kPours}, 4s, true, true}};

// Counts what it hears of its one sender, and notes what came twice, too late or never.
constexpr const char* kSink = R"(
count, last, wrong = count or 0, last or 0, wrong or {}
Handlers.add("note", "Note", function(msg)
  local number = tonumber(msg.Number)
  if number ~= last + 1 and #wrong < 5 then wrong[#wrong + 1] = number .. " after " .. last end
  count, last = count + 1, number
  Send({ device = "patch@1.0", count = count, wrong = table.concat(wrong, "; ") })
end)
)";

constexpr const char* kSender = R"(
sent = sent or {}
Handlers.add("forward", "Forward", function(msg)
  for to in msg.Data:gmatch("%S+") do
    sent[to] = (sent[to] or 0) + 1
    Send({ Target = to, Action = "Note", Number = tostring(sent[to]) })
  end
end)
)";

constexpr const char* kCounter = R"(
count = count or 0
Handlers.add("add", "Add", function(msg)
  count = count + 1
  Send({ device = "patch@1.0", count = count })
end)
)";

struct Peer {
  std::unique_ptr<NodeProcess> node;
  std::unique_ptr<HostileWire> wire;
  ProcessId sink;
};

class HostilePeers {
 public:
  HostilePeers(const Options& options, Checks& checks)
      : options_(options),
        checks_(checks),
        random_(options.seed),
        folder_(new_folder("hostile-peers", in_memory())) {}

  void run() {
    try {
      play();
    } catch (const std::exception& error) {
      checks_.expect("the programme runs to its end", false, error.what());
    }
    peers_.clear();
    leave(folder_, *own_, checks_);
  }

 private:
  void play() {
    build();
    set_up();
    HonestClient honest(own_->port(), own_->pid(), counter_);
    honest.call_until(Clock::now() + 1s);  // warms up
    wait_for_all();
    resident_ = highest_ = resident_bytes_of(own_->pid());
    std::thread sending([this] { send_all_the_time(); });
    std::thread watching([this] { watch(); });
    std::string failure;
    try {
      for (std::size_t i = 0; i < options_.count; ++i)
        for (const Round& round : kRounds)
          play(round, honest);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    stopping_ = true;
    sending.join();
    watching.join();
    if (!failure.empty()) throw std::runtime_error(failure);
    conclude(honest);
  }

  NodePlace place_of(const std::string& name) {
    NodePlace place;
    place.binary = options_.node;
    place.folder = folder_ / name;
    std::filesystem::create_directories(place.folder);
    place.port = free_port();
    place.environment = {{"AONODE_STORE_CACHE_BYTES", "8MiB"}};
    return place;
  }

  void build() {
    const std::uint16_t trap = free_port();
    trap_ = std::make_unique<HostileWire>(trap, trap, trap);
    std::string urls;
    for (std::size_t i = 0; i <= kHostile; ++i) {  // the last is honest, and stays so
      NodePlace place = place_of(fmt::format("peer-{}", i));
      const std::uint16_t wire = free_port();
      const std::string url = fmt::format("http://127.0.0.1:{}", wire);
      place.environment["AONODE_NODE_URL"] = url;
      urls += url + ",";
      peers_.push_back({std::make_unique<NodeProcess>(place),
                        std::make_unique<HostileWire>(wire, place.port, trap),
                        {}});
    }
    const std::uint16_t stalled = free_port();
    stalled_ = std::make_unique<HostileWire>(stalled, stalled, trap);
    stalled_->set(Manner::kNeverAnswers);
    NodePlace place = place_of("own");
    place.environment["AONODE_PEERS_URLS"] = urls + fmt::format("https://127.0.0.1:{}", stalled);
    place.environment["AONODE_PEERS_GOSSIP_INTERVAL"] = "250ms";
    own_ = std::make_unique<NodeProcess>(place);
    for (NodeProcess* node : nodes())
      node->start();
    for (NodeProcess* node : nodes())
      if (!node->wait_until_ready(kReadyPatience))
        throw std::runtime_error("a node does not start");
  }

  std::vector<NodeProcess*> nodes() {
    std::vector<NodeProcess*> all{own_.get()};
    for (const Peer& peer : peers_)
      all.push_back(peer.node.get());
    return all;
  }

  void set_up() {
    Connection connection(own_->port());
    const Address own{connection.text("/~meta@1.0/info/address")};
    counter_ = spawn_process(connection, kCounter, own, *owner_);
    sender_ = spawn_process(connection, kSender, own, *owner_);
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      Peer& peer = peers_[i];
      Connection there(peer.node->port());
      const Address address{there.text("/~meta@1.0/info/address")};
      peer.sink = spawn_process(there, kSink, address, *owner_, {{"Authority", own.text}});
      targets_ += peer.sink.text() + ' ';
      peer.wire->tell(records_of(folder_ / fmt::format("peer-{}", i) / "node-key.json"));
    }
    send();
  }

  // Two that were said at one time, and lead to two places.
  static std::vector<std::string> records_of(const std::filesystem::path& key_file) {
    const auto key = crypto::Key::load(key_file);
    if (!key) throw std::runtime_error(key.error().text);
    std::vector<std::string> records;
    for (const char* url : {"http://169.254.169.254", "https://elsewhere.example"}) {
      message::Draft draft;
      draft.tags = {{"Type", "Scheduler-Location"},
                    {"Url", url},
                    {"Time-To-Live", "3600000"},
                    {"Nonce", std::to_string(SystemClock().now().milliseconds + 1'000)},
                    {"Peer", "1"}};
      records.push_back(sign(draft, **key).bytes());
    }
    return records;
  }

  // One note to each sink.
  void send() {
    auto draft = message_draft(sender_, "Forward", targets_);
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, sent_ + 1);
    const auto item = sign(draft, *owner_);
    const bool is_taken = wait_until(
        [&] {
          Connection connection(own_->port());
          const auto answer = connection.post(path_of(sender_, "schedule"), item.bytes());
          return answer && answer->status == 200;
        },
        kReadyPatience);
    if (is_taken) ++sent_;
    if (!is_taken) stopping_ = true;
  }

  // Until it is to stop, or the node takes nothing any more, which the books will show.
  void send_all_the_time() {
    while (!stopping_) {
      send();
      std::this_thread::sleep_for(kSendEvery);
    }
  }

  void watch() {
    while (!stopping_) {
      highest_ = std::max(highest_.load(), resident_bytes_of(own_->pid()));
      std::this_thread::sleep_for(20ms);
    }
  }

  std::uint64_t count_at(const Peer& peer, std::string* wrong = nullptr) {
    Connection connection(peer.node->port());
    const auto answer = connection.get(path_of(peer.sink, "now?accept=application/json"));
    if (!answer || answer->status != 200) return 0;
    const json shown = json::parse(answer->body);
    if (!shown.contains("count")) return 0;
    if (wrong != nullptr) *wrong = shown.value("wrong", "");
    const json& count = shown["count"];
    return count.is_string() ? std::stoull(count.get<std::string>()) : count.get<std::uint64_t>();
  }

  template <class Holds>
  static bool wait_until(Holds holds, Clock::duration patience) {
    const auto deadline = Clock::now() + patience;
    while (!holds()) {
      if (Clock::now() > deadline) return false;
      std::this_thread::sleep_for(50ms);
    }
    return true;
  }

  bool wait_for_all() {
    const std::uint64_t due = sent_;
    return wait_until(
        [&] {
          return std::ranges::all_of(peers_,
                                     [&](const Peer& peer) { return count_at(peer) >= due; });
        },
        kDrainPatience);
  }

  double metric(const std::string& name) {
    Connection connection(own_->port());
    const auto answer = connection.get("/metrics");
    const std::string text = answer ? answer->body : "";
    const std::size_t at = text.find('\n' + name + ' ');
    return at == std::string::npos ? 0 : std::strtod(&text[at + name.size() + 2], nullptr);
  }

  void play(const Round& round, HonestClient& honest) {
    std::string names;
    for (const Manner manner : round.manners)
      names += std::string(names.empty() ? "" : ", ") + HostileWire::name_of(manner);
    if (round.is_flooded) names += ", a flood of gossip";
    std::string slow;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      const double quiet = percentile_99(honest.call_until(Clock::now() + kQuiet));
      const double hostile = hostile_window(round, names, honest, attempt == 0);
      fmt::print("  {}: p99 {:.1f} ms, quiet {:.1f} ms\n", names, hostile, quiet);
      slow = hostile <= std::max(kRatioMax * quiet, quiet + kNoise.count())
                 ? ""
                 : fmt::format("{:.1f} ms instead of {:.1f} ms", hostile, quiet);
      if (slow.empty()) break;
    }
    checks_.expect("an honest client's p99 at most doubles: " + names, slow.empty(), slow);
  }

  double hostile_window(const Round& round, const std::string& names, HonestClient& honest,
                        bool is_first) {
    std::size_t misdeeds = 0;
    for (std::size_t i = 0; i < kHostile; ++i) {
      misdeeds += peers_[i].wire->misdeeds();
      peers_[i].wire->set(round.manners[i]);
    }
    const auto began = Clock::now();
    std::optional<Clock::time_point> rested_at;
    std::atomic<bool> is_over = false;
    std::thread looking([&] {
      while (!is_over && !rested_at) {
        if (metric("aonode_peers_resting") > 0) rested_at = Clock::now();
        std::this_thread::sleep_for(100ms);
      }
    });
    std::thread flooding, stalling;
    if (round.is_flooded) flooding = std::thread([&] { flood(is_over); });
    if (options_.sabotage == "stall") stalling = std::thread([&] { stall(is_over); });
    auto times = honest.call_until(began + round.length);
    if (times.empty()) times.push_back(1e9);
    // While the others are what they are.
    const std::uint64_t due = sent_;
    const Peer& good = peers_.back();
    const bool has_flown = wait_until([&] { return count_at(good) >= due; }, 3s);
    is_over = true;
    for (std::thread* one : {&looking, &flooding, &stalling})
      if (one->joinable()) one->join();
    for (std::size_t i = 0; i < kHostile; ++i) {
      misdeeds -= peers_[i].wire->misdeeds();
      peers_[i].wire->set(Manner::kHonest);
    }
    const auto turned = Clock::now();
    const bool has_drained = wait_for_all();
    if (is_first) {
      checks_.expect("the peers did it: " + names, misdeeds != 0, "nobody asked them");
      checks_.expect("nothing for another peer waits: " + names, has_flown,
                     fmt::format("{} of {}", count_at(good), due));
      if (round.must_rest)
        checks_.expect("a peer that does so is left alone within 10 s: " + names,
                       rested_at && *rested_at - began <= kRestDue,
                       rested_at ? "later" : "it is not");
      const std::chrono::duration<double> took = Clock::now() - turned;
      checks_.expect("what waited arrives when they behave: " + names, has_drained,
                     fmt::format("not within {:.0f} s", took.count()));
      fmt::print("  drained in {:.1f} s\n", took.count());
    }
    return percentile_99(times);
  }

  // Whatever a note may be, from networks of its own.
  void flood(const std::atomic<bool>& is_over) {
    std::uint8_t host = 0;
    while (!is_over) {
      const Source from{30, static_cast<std::uint8_t>(1 + host++ % 8)};
      const std::string note = note_of(random_() % 4);
      try {
        RawSocket one(own_->port(), from);
        one.say(
            fmt::format("POST /~peer@1.0/gossip HTTP/1.1\r\nHost: a\r\n"
                        "Content-Type: application/octet-stream\r\n"
                        "Content-Length: {}\r\n\r\n{}",
                        note.size(), note));
        const int status = one.hear(2s).status;
        ++flooded_[status];
      } catch (const std::runtime_error&) {  // refused at the door
      }
      std::this_thread::sleep_for(5ms);
    }
  }

  std::string note_of(std::uint64_t kind) {
    if (kind == 0) return std::string(1'000, 'x');
    std::string note("aog\x01\0\0\0", 7);
    note += std::string(8 + 2 + 2, '\0');
    const auto put = [&](std::size_t number) {
      note += static_cast<char>(number >> 8);
      note += static_cast<char>(number & 0xff);
    };
    constexpr std::size_t kRecords = 20;
    put(kRecords);
    for (std::size_t i = 0; i < kRecords; ++i) {
      const auto key = crypto::Key::new_ed25519();
      message::Draft draft;
      draft.tags = {{"Type", "Scheduler-Location"},
                    {"Url", "https://flood.example"},
                    {"Time-To-Live", "3600000"},
                    {"Nonce", std::to_string(SystemClock().now().milliseconds)},
                    {"Peer", "1"}};
      if (kind == 3) draft.data = std::string(5'000, 'x');
      std::string record = sign(draft, *key).bytes();
      if (kind == 2) record[20] ^= 1;
      put(record.size());
      note += record;
    }
    return note;
  }

  void stall(const std::atomic<bool>& is_over) {
    while (!is_over) {
      ::kill(own_->pid(), SIGSTOP);
      std::this_thread::sleep_for(100ms);
      ::kill(own_->pid(), SIGCONT);
      std::this_thread::sleep_for(100ms);
    }
  }

  void conclude(const HonestClient& honest) {
    const bool has_drained = wait_for_all();
    std::this_thread::sleep_for(500ms);  // in which what is doubled would arrive
    checks_.expect("every queue drains", has_drained, "messages are left");
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      std::string wrong;
      std::uint64_t count = count_at(peers_[i], &wrong);
      if (options_.sabotage == "lose-note" && i == 0) count -= 1;
      checks_.expect(fmt::format("each note arrived once at peer {}", i), count == sent_,
                     fmt::format("{} of {}", count, sent_.load()));
      checks_.expect(fmt::format("and in order at peer {}", i), wrong.empty(), wrong);
    }
    checks_.expect("nothing is left to be forwarded",
                   wait_until([&] { return metric("aonode_forward_routes") == 0; }, 5s));
    Connection connection(own_->port());
    const json letters = json::parse(connection.text("/~peer@1.0/dead-letters"));
    checks_.expect("no message became a dead letter", letters.empty(),
                   fmt::format("{}, the first: {}", letters.size(), letters.dump().substr(0, 900)));
    checks_.expect("no redirect was followed", trap_->connections() == 0,
                   fmt::format("{} connections", trap_->connections()));
    checks_.expect("a peer that stalls TLS was called", stalled_->connections() > 0);
    checks_.expect("every request of the honest client was answered", honest.complaints());
    fmt::print("{} notes to each of {} peers; memory {:.0f} MiB, {:.0f} at most; flood:",
               sent_.load(), peers_.size(), resident_ / (1 << 20), highest_ / (1 << 20));
    for (const auto& [status, count] : flooded_)
      fmt::print(" {} × {}", count, status);
    fmt::print("\n");
    checks_.expect("liars are not heard any more", flooded_[403] > 0);
    double growth = highest_ - resident_;
    if (options_.sabotage == "grow") growth += kGrowthBytes;
    checks_.expect(fmt::format("memory grows by at most {:.0f} MiB", kGrowthBytes / (1 << 20)),
                   growth <= kGrowthBytes, fmt::format("{:.0f} MiB", growth / (1 << 20)));
    checks_.expect("known records are bounded", metric("aonode_gossip_records") <= 5'121);
    checks_.expect("it stops when asked to", own_->stop(20s) == 0, "another exit code than 0");
  }

  const Options& options_;
  Checks& checks_;
  std::mt19937_64 random_;
  std::filesystem::path folder_;
  std::unique_ptr<crypto::Key> owner_ = crypto::Key::new_ed25519();
  std::unique_ptr<HostileWire> trap_, stalled_;
  std::unique_ptr<NodeProcess> own_;
  std::vector<Peer> peers_;
  ProcessId counter_, sender_;
  std::string targets_;
  std::atomic<std::uint64_t> sent_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<double> highest_ = 0;
  double resident_ = 0;
  std::map<int, std::size_t> flooded_;
};

}  // namespace

void run_hostile_peers(const Options& options, Checks& checks) {
  HostilePeers(options, checks).run();
}

}  // namespace ao::test
