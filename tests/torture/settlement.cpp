// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "support/fake_arweave.hpp"
#include "support/workbench.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/observation.hpp"
#include "torture/programme.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Fault = FakeArweave::Fault;
using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

constexpr std::size_t kProcesses = 4;
constexpr std::size_t kConfirmations = 4;
constexpr std::size_t kResultsKept = 1;         // of each process, once they are settled
constexpr std::size_t kBlocksForgottenMax = 2;  // fewer than those that confirm
constexpr std::size_t kFaultyOffers = 3;        // of each item
constexpr auto kBlockTime = 60ms;
constexpr auto kOutage = 3s;
constexpr auto kReadyPatience = 60s;
constexpr auto kSettlePatience = 90s;
constexpr auto kSabotagedPatience = 15s;

// Messages for all processes, as quickly as they are taken.
class Load {
 public:
  Load(std::uint16_t port, std::vector<ProcessId> processes, std::size_t bytes_max,
       std::uint64_t seed)
      : port_(port), processes_(std::move(processes)), bytes_max_(bytes_max), random_(seed) {
    thread_ = std::thread([this] { run(); });
  }
  ~Load() { stop(); }

  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  const std::vector<MessageId>& acknowledged() const { return acknowledged_; }  // when stopped

 private:
  void run() {
    Connection connection(port_, {.connect_timeout = 1s, .head_timeout = 2s, .answer_timeout = 2s});
    while (!stopping_) {
      const ProcessId& process = processes_[random_() % processes_.size()];
      auto draft = message_draft(process, "Note", std::string(random_() % bytes_max_, 'x'));
      draft.anchor = Bytes(24, '0');
      put_u64be(draft.anchor, random_());
      const auto item = sign(draft, *key_);
      const auto answer = connection.post(path_of(process, "schedule"), item.bytes());
      const bool is_taken = answer && answer->status / 100 == 2;
      if (is_taken) acknowledged_.push_back(item.id());
      std::this_thread::sleep_for(is_taken ? 2ms : 20ms);
    }
  }

  const std::uint16_t port_;
  const std::vector<ProcessId> processes_;
  const std::size_t bytes_max_;
  std::mt19937_64 random_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::vector<MessageId> acknowledged_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// Blocks with some of what was taken, in no order; now and then a few never were.
class Miner {
 public:
  Miner(FakeArweave& arweave, std::uint64_t seed) : arweave_(arweave), random_(seed) {
    thread_ = std::thread([this] { run(); });
  }
  ~Miner() {
    stopping_ = true;
    thread_.join();
  }

  void be_calm() { is_calm_ = true; }

 private:
  void run() {
    while (!stopping_) {
      if (is_calm_) {
        arweave_.mine();
      } else if (random_() % 12 == 0) {
        arweave_.forget_blocks(1 + random_() % kBlocksForgottenMax);
      } else {
        arweave_.mine([this](const MessageId&) { return random_() % 3 != 0; });
      }
      std::this_thread::sleep_for(kBlockTime);
    }
  }

  FakeArweave& arweave_;
  std::mt19937_64 random_;
  std::atomic<bool> stopping_ = false, is_calm_ = false;
  std::thread thread_;
};

// To whom the node brings what is scheduled.
enum class Way { kBundler, kNodes };

class SettlementProgramme {
 public:
  SettlementProgramme(const Options& options, Checks& checks, Way way)
      : options_(options),
        checks_(checks),
        way_(way),
        random_(options.seed),
        faults_(options.seed + 1),
        folder_(new_folder("settlement")),
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
    place.environment = {{"AONODE_STORE_CACHE_BYTES", "8MiB"},
                         {"AONODE_SETTLEMENT_CONFIRMATIONS", std::to_string(kConfirmations)},
                         {"AONODE_SETTLEMENT_CONFIRM_INTERVAL", "50ms"},
                         {"AONODE_SETTLEMENT_RESEND_AFTER", "800ms"},
                         {"AONODE_SETTLEMENT_REQUEST_TIMEOUT", "400ms"},
                         {"AONODE_RETENTION_RESULTS_MAX", std::to_string(kResultsKept)},
                         {"AONODE_RETENTION_INTERVAL", "50ms"}};
    auto& environment = place.environment;
    if (way_ == Way::kBundler) {
      environment["AONODE_SETTLEMENT_BUNDLER_URLS"] = arweave_.url();
      environment["AONODE_SETTLEMENT_BUNDLE_BYTES_MAX"] = "64KiB";
      environment["AONODE_SETTLEMENT_BUNDLE_AGE_MAX"] = "50ms";
    } else {  // some bundles have several chunks, others one
      environment["AONODE_SETTLEMENT_NODE_URLS"] = arweave_.url();
      environment["AONODE_SETTLEMENT_WALLET_FILE"] = wallet_file();
      environment["AONODE_SETTLEMENT_SPEND_MAX_WINSTON"] = "1000000000000";
      environment["AONODE_SETTLEMENT_BUNDLE_BYTES_MAX"] = "512KiB";
      environment["AONODE_SETTLEMENT_BUNDLE_AGE_MAX"] = "250ms";
    }
    if (options_.sabotage == "never-again")
      place.environment["AONODE_SETTLEMENT_RESEND_AFTER"] = "24h";
    return place;
  }

  std::string wallet_file() const {
    const auto wallets = json::parse(read_file(source_folder() / "tests/fixtures/wallets.json"));
    const auto wallet = crypto::Key::from_jwk(wallets["rsa1"]["jwk"].dump()).value();
    const auto file = folder_ / "wallet.json";
    if (const auto saved = wallet->save(file); !saved) throw std::runtime_error(saved.error().text);
    return file.string();
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

  void play() {
    arweave_.choose_faults([this](const MessageId&, std::size_t before) {
      if (is_calm_ || before >= kFaultyOffers || faults_() % 2 == 0) return Fault::kNone;
      return static_cast<Fault>(faults_() % FakeArweave::kFaults);
    });
    arweave_.choose_chunk_faults([this](std::size_t) -> std::string {
      constexpr std::array kWrong{"data_root_not_found", "timeout", "invalid_proof"};
      if (is_calm_ || faults_() % 4 != 0) return "";
      return kWrong[faults_() % kWrong.size()];
    });
    if (!bring_up()) return;
    Connection connection(node_.port());
    set_up(connection);
    Miner miner(arweave_, options_.seed + 2);
    Load load(node_.port(), processes_, way_ == Way::kNodes ? 24'000 : 2'000, options_.seed + 3);
    for (std::size_t i = 0; i < options_.count; ++i) {
      std::this_thread::sleep_for(Milliseconds(between(50, 1'200)));
      if (i == options_.count / 2) sit_out_an_outage();
      look_at_the_confirmed_points(connection);
      node_.kill();
      std::this_thread::sleep_for(Milliseconds(between(0, 300)));
      if (!bring_up()) return;
    }
    load.stop();
    is_calm_ = true;
    miner.be_calm();
    conclude(connection, load.acknowledged());
  }

  void set_up(Connection& connection) {
    const Address node{connection.text("/~meta@1.0/info/address")};
    const auto owner = crypto::Key::new_ed25519();
    for (std::size_t i = 0; i < kProcesses; ++i)
      processes_.push_back(spawn_process(connection, "Handlers.add('note', 'Note', function() end)",
                                         node, *owner, {{"Number", std::to_string(i)}}));
  }

  // Longer than anything that was sent before is waited for.
  void sit_out_an_outage() {
    arweave_.set_down(true);
    std::this_thread::sleep_for(kOutage);
    arweave_.set_down(false);
  }

  json get(Connection& connection, const std::string& target) {
    return json::parse(connection.text(target));
  }

  static std::size_t number_at(const json& value, const char* key) {
    return value.value(key, std::size_t{0});
  }

  // Each id in a block, with how many bundles have it.
  std::map<std::string, std::size_t> in_blocks() const {
    std::map<std::string, std::size_t> times;
    bool is_sabotaged = options_.sabotage.empty() || options_.sabotage == "never-again";
    for (const auto& [id, kept] : arweave_.items()) {
      if (kept.height == 0) continue;
      if (!std::exchange(is_sabotaged, true)) {
        if (options_.sabotage == "lose-bundle") continue;
        count(kept.bytes, times);
      }
      count(kept.bytes, times);
    }
    return times;
  }

  static void count(const Bytes& bytes, std::map<std::string, std::size_t>& times) {
    const auto item = message::DataItem::parse(bytes);
    const auto bundle = message::read_bundle(item->data(), {1'000'000, 8});
    for (const auto& one : *bundle)
      ++times[std::string(one.item.id().text())];
  }

  // What pruning would take for confirmed is in blocks, also while everything is in motion.
  void look_at_the_confirmed_points(Connection& connection) {
    std::vector<std::string> early;
    for (const ProcessId& process : processes_) {
      const auto known = connection.get("/" + process.text() + "/settlement");
      if (!known || known->status != 200) continue;
      const std::size_t confirmed = number_at(json::parse(known->body), "slots-confirmed");
      std::size_t there = 0;
      for (const auto& [id, kept] : arweave_.items()) {
        const bool was_in_block = kept.height > 0 || known_in_blocks_.contains(id);
        if (!was_in_block) continue;
        known_in_blocks_.insert(id);
        const auto item = message::DataItem::parse(kept.bytes);
        const auto bundle = message::read_bundle(item->data(), {1'000'000, 8});
        for (const auto& one : *bundle)
          there +=
              one.item.tag("Type") == "Assignment" && one.item.tag("Process") == process.text();
      }
      const std::uint64_t pruned = pruned_before(connection, process);
      if (pruned > there)
        early.push_back(fmt::format("process {}: the results of {} slots are gone, {} are there",
                                    process.text(), pruned, there));
      if (confirmed > there)
        early.push_back(fmt::format("process {}: {} slots are said to be confirmed, {} are there",
                                    process.text(), confirmed, there));
    }
    checks_.expect("no slot counts as confirmed, or is pruned, that is in no block", early);
  }

  // The first slot whose result is kept.
  static std::uint64_t pruned_before(Connection& connection, const ProcessId& process) {
    const auto answer =
        connection.get("/~peer@1.0/outcomes?from=0&count=1&process=" + process.text());
    if (!answer || answer->status != 200) return 0;
    return number_at(json::parse(answer->body), "from");
  }

  bool is_all_pruned(Connection& connection) {
    return std::ranges::all_of(processes_, [&](const ProcessId& process) {
      const json whole = get(connection, "/" + process.text() + "/settlement");
      return pruned_before(connection, process) + kResultsKept == number_at(whole, "slots");
    });
  }

  bool is_all_confirmed(Connection& connection) {
    for (const ProcessId& process : processes_) {
      const json whole = get(connection, "/" + process.text() + "/settlement");
      if (number_at(whole, "slots-confirmed") < number_at(whole, "slots")) return false;
    }
    const json info = get(connection, "/~settlement@1.0/info");
    return info.contains("backlog-messages") && number_at(info, "backlog-messages") == 0;
  }

  void conclude(Connection& connection, const std::vector<MessageId>& acknowledged) {
    const auto patience =
        options_.sabotage == "never-again" ? Milliseconds(kSabotagedPatience) : kSettlePatience;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!is_all_confirmed(connection) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(50ms);
    checks_.expect("everything is confirmed when the faults stop", is_all_confirmed(connection),
                   connection.text("/~settlement@1.0/info"));
    while (!is_all_pruned(connection) && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(50ms);
    checks_.expect("what is confirmed is pruned, and no more", is_all_pruned(connection));
    checks_.expect("nothing is given that a stranger would refuse", arweave_.complaints());
    const auto times = in_blocks();
    std::vector<std::string> lost, twice, unsaid;
    std::size_t slots = 0;
    for (const ProcessId& process : processes_) {
      const auto schedule = read_schedule(connection, process);
      slots += schedule.size();
      for (const Scheduled& one : schedule)
        for (const std::string& id : {one.message, one.assignment}) {
          const auto found = times.find(id);
          const std::string what = fmt::format("{} of slot {}", id, one.slot);
          if (found == times.end()) lost.push_back(what);
          if (found != times.end() && found->second != 1) twice.push_back(what);
        }
      const json whole = get(connection, "/" + process.text() + "/settlement");
      if (number_at(whole, "slots-confirmed") != schedule.size()) unsaid.push_back(whole.dump());
    }
    for (const MessageId& id : acknowledged) {
      const json place = get(connection, "/" + id.text() + "/settlement");
      if (place.value("state", "") != "confirmed") unsaid.push_back(place.dump());
    }
    checks_.expect("every message and assignment is in a block under its own id", lost);
    checks_.expect("none is in two bundles", twice);
    checks_.expect("the node says of each that it is confirmed", unsaid);
    checks_.expect("messages were taken all the while", acknowledged.size() >= 5 * options_.count,
                   fmt::format("{} were", acknowledged.size()));
    look_at_the_bundles(connection);
    checks_.expect("it stops when asked to", node_.stop(20s) == 0, "another exit code than 0");
    tell(slots);
  }

  // Each that was ever offered is one that the node knows, and is confirmed.
  void look_at_the_bundles(Connection& connection) {
    std::set<std::string> known;  // bundles, and the transactions around them
    std::vector<std::string> open;
    for (std::size_t from = 0;;) {
      const json page = get(connection, "/~settlement@1.0/bundles?from=" + std::to_string(from));
      if (page.empty()) break;
      for (const json& bundle : page) {
        known.insert(bundle["id"].get<std::string>());
        for (const json& each : bundle.value("transactions", json::array()))
          known.insert(each["id"].get<std::string>());
        if (bundle["state"] != "confirmed") open.push_back(bundle.dump());
      }
      from += page.size();
    }
    std::vector<std::string> strange;
    const auto note = [&](const MessageId& id) {
      if (!known.contains(std::string(id.text()))) strange.push_back(std::string(id.text()));
    };
    // Transactions that were refused may be dropped; what was taken may not.
    if (way_ == Way::kBundler)
      for (const auto& [id, count] : arweave_.offers())
        note(id);
    for (const auto& [id, transaction] : arweave_.transactions())
      note(id);
    checks_.expect("every bundle is confirmed", open);
    checks_.expect("each that was ever sent has kept its id", strange);
    if (way_ == Way::kNodes) look_at_the_payments(connection);
  }

  // The wallet paid for each bundle once, and the node knows of all of it.
  void look_at_the_payments(Connection& connection) {
    std::map<std::string, std::size_t> paid;
    std::uint64_t winston = 0;
    std::size_t chunked = 0;
    for (const auto& [id, transaction] : arweave_.transactions()) {
      if (transaction.height == 0 || !transaction.item) continue;
      ++paid[std::string(transaction.item->text())];
      winston += transaction.reward;
      chunked += transaction.data_size > 256 << 10;
      if (options_.sabotage == "pay-twice") ++paid.begin()->second;
    }
    std::vector<std::string> twice;
    for (const auto& [bundle, times] : paid)
      if (times != 1) twice.push_back(fmt::format("bundle {}: {} transactions", bundle, times));
    checks_.expect("no bundle is paid for twice", twice);
    const json wallet = get(connection, "/~settlement@1.0/info")["wallet"];
    checks_.expect("what was spent is counted", wallet["spent-winston"] >= winston, wallet.dump());
    checks_.expect("some came in chunks", chunked > 0, "none was large enough");
    fmt::print("{} transactions, {} of them in chunks, {} chunks were given\n", paid.size(),
               chunked, arweave_.chunks());
  }

  void tell(std::size_t slots) const {
    std::size_t offers = 0, faults = 0;
    for (const auto& [id, count] : arweave_.offers())
      offers += count;
    for (const auto& [fault, count] : arweave_.faults())
      if (fault != Fault::kNone) faults += count;
    fmt::print("{} slots in {} bundles, sent {} times, {} faults, {} starts\n", slots,
               arweave_.offers().size(), offers, faults, starts_);
  }

  const Options& options_;
  Checks& checks_;
  const Way way_;
  std::mt19937_64 random_;
  std::mt19937_64 faults_;  // under the lock of the fake alone
  std::atomic<bool> is_calm_ = false;
  FakeArweave arweave_;
  std::filesystem::path folder_;
  NodeProcess node_;
  std::vector<ProcessId> processes_;
  std::set<MessageId> known_in_blocks_;
  std::size_t starts_ = 0;
};

}  // namespace

void run_settlement(const Options& options, Checks& checks) {
  SettlementProgramme(options, checks, Way::kBundler).run();
}

void run_settlement_nodes(const Options& options, Checks& checks) {
  SettlementProgramme(options, checks, Way::kNodes).run();
}

}  // namespace ao::test
