// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "flow/forged_items.hpp"
#include "support/fake_arweave.hpp"
#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using crypto::Key;
using message::DataItem;
using message::Draft;
using nlohmann::json;

constexpr std::size_t kProcesses = 4;
constexpr std::size_t kPushed = 20;        // messages that the other node sends
constexpr std::size_t kTriesOfKill = 500;  // on average between two
constexpr std::size_t kNewOfKill = 50;     // and between two that come while a message is new
constexpr std::size_t kSignatureAt = 2;
constexpr auto kReadyPatience = 60s;
constexpr auto kTaken = 30s;  // until a message has a slot, with a restart in between
constexpr auto kBlockTime = 100ms;

constexpr const char* kSink = R"(
count = count or 0
Handlers.add("any", function() return true end, function(msg)
  count = count + 1
  Send({ device = "patch@1.0", count = count })
end))";

constexpr const char* kSender = R"(
Handlers.add("forward", "Forward", function(msg)
  Send({ Target = msg.Data, Action = "Note" })
end))";

// How a message comes once more.
enum class Manner {
  kSameBytes,
  kAtOnce,         // a new one, from several clients at the same moment
  kSignedAnew,     // what somebody forwards for a process, with another signature
  kAtAnotherNode,  // which brings it here
  kOfAPeer,        // what the other node pushed, from a stranger
  kElsewhere,      // to the address of another process: no second slot there
  kAltered,        // a byte is another: refused
  kHighS,          // the same signature in its other form: refused
  kSmallOrder,     // a key under which everything is signed: refused
};
constexpr std::array kNames{"the same bytes",   "several at once",    "signed anew",
                            "at another node",  "a peer's push",      "at another process",
                            "with other bytes", "in the high-S form", "of a small-order key"};

struct Sent {
  ProcessId process;
  Bytes bytes;
  MessageId id;
  std::uint64_t slot = 0;
};

// n - s, and the v that goes with it: what also verifies unless it is forbidden.
Bytes with_high_s(Bytes item) {
  static constexpr std::array<unsigned char, 32> kOrder{
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
      0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
  int borrow = 0;
  for (std::size_t i = kOrder.size(); i-- > 0;) {
    char& s = item[kSignatureAt + 32 + i];
    int difference = kOrder[i] - static_cast<unsigned char>(s) - borrow;
    borrow = difference < 0 ? 1 : 0;
    s = static_cast<char>(difference + 256 * borrow);
  }
  char& v = item[kSignatureAt + 64];
  v = v == '\x1b' ? '\x1c' : '\x1b';
  return item;
}

// R and the key are the neutral element, S is zero: the equation holds for every message.
Bytes of_small_order(Bytes item) {
  const Bytes neutral = '\1' + Bytes(31, '\0');
  item.replace(kSignatureAt, 32, neutral);
  item.replace(kSignatureAt + 32, 32, Bytes(32, '\0'));
  item.replace(kSignatureAt + 64, 32, neutral);
  return item;
}

class Duplicates {
 public:
  Duplicates(const Options& options, Checks& checks)
      : options_(options),
        checks_(checks),
        random_(options.seed),
        folder_(new_folder("duplicates", in_memory())),
        own_(place_of("own", {{"AONODE_SETTLEMENT_BUNDLER_URLS", arweave_.url()},
                              {"AONODE_SETTLEMENT_BUNDLE_AGE_MAX", "100ms"},
                              {"AONODE_SETTLEMENT_CONFIRMATIONS", "1"},
                              {"AONODE_SETTLEMENT_CONFIRM_INTERVAL", "100ms"},
                              {"AONODE_RETENTION_RESULTS_MAX", "1"},
                              {"AONODE_RETENTION_INTERVAL", "100ms"}})),
        other_(place_of("other", {{"AONODE_PEERS_URLS", url_of(own_)}})) {}

  void run() {
    std::thread mining([this] {
      while (!stopping_) {
        arweave_.mine();
        std::this_thread::sleep_for(kBlockTime);
      }
    });
    try {
      set_up();
      for (std::size_t i = 0; i < options_.count; ++i) {
        if (random_() % kTriesOfKill == 0) start_again();
        come_again(static_cast<Manner>(random_() % kNames.size()));
      }
      expect_pruned();
      start_again();
      conclude();
    } catch (const std::exception& error) {
      checks_.expect("the programme runs to its end", false, error.what());
    }
    stopping_ = true;
    mining.join();
    other_.kill();
    leave(folder_, own_, checks_);
  }

 private:
  NodePlace place_of(const std::string& name, std::map<std::string, std::string> environment) {
    NodePlace place;
    place.binary = options_.node;
    place.folder = folder_ / name;
    std::filesystem::create_directories(place.folder);
    place.port = free_port();
    place.environment = std::move(environment);
    // Everything here comes from one address.
    place.environment["AONODE_ADMISSION_VERIFICATIONS_PER_SECOND"] = "1000000";
    return place;
  }

  static std::string url_of(const NodeProcess& node) {
    return fmt::format("http://127.0.0.1:{}", node.port());
  }

  void start(NodeProcess& node) {
    node.start();
    if (!node.wait_until_ready(kReadyPatience))
      throw std::runtime_error("the node is not ready:\n" + node.last_log_lines(10));
  }

  void start_again() {
    own_.kill();
    start(own_);
    ++kills_;
  }

  void set_up() {
    start(own_);
    start(other_);
    Connection here(own_.port()), there(other_.port());
    const Address own{here.text("/~meta@1.0/info/address")};
    const Address other{there.text("/~meta@1.0/info/address")};
    for (std::size_t i = 0; i < kProcesses; ++i) {
      processes_.push_back(spawn_process(here, kSink, own, *ed25519_, {{"Authority", other.text}}));
      slots_[processes_.back()] = 1;
    }
    const ProcessId sender = spawn_process(there, kSender, other, *ed25519_);
    for (std::size_t i = 0; i < kPushed; ++i) {
      Draft draft = message_draft(sender, "Forward", processes_[i % kProcesses].text());
      draft.anchor = anchor();
      const auto answer = there.post(path_of(sender, "schedule"), sign(draft, *ed25519_).bytes());
      if (!answer || answer->status / 100 != 2) throw std::runtime_error("no message to push");
    }
    for (const ProcessId& process : processes_)
      take_pushed(here, process);
    for (const auto& key : {ed25519_.get(), ethereum_.get(), rsa_.get()})
      for (const ProcessId& process : processes_)
        send_first(new_item(process, *key), process);
  }

  // What came from the other node, as it stands in the schedule.
  void take_pushed(Connection& here, const ProcessId& process) {
    const std::size_t due = 1 + kPushed / kProcesses;
    const std::string path = path_of(process, "slot/current");
    const auto deadline = std::chrono::steady_clock::now() + kReadyPatience;
    while (std::stoull(here.text(path)) + 1 < due) {
      if (std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("what the other node pushed does not arrive");
      std::this_thread::sleep_for(20ms);
    }
    for (std::uint64_t slot = 1; slot < due; ++slot) {
      const json page = json::parse(here.text(path_of(
          process, fmt::format("schedule?from={}&to={}&accept=application/aos-2", slot, slot))));
      const std::string id = page["edges"][0]["node"]["message"]["Id"];
      const Bytes bytes = here.text("/~peer@1.0/item?id=" + id);
      pushed_.push_back({process, bytes, *MessageId::from_text(id), slot});
    }
    slots_[process] = due;
  }

  Bytes anchor() {
    Bytes bytes(24, '0');
    put_u64be(bytes, ++made_);
    return bytes;
  }

  DataItem new_item(const ProcessId& process, const Key& key) {
    Draft draft = message_draft(process, "Note", std::string(random_() % 300, 'x'));
    draft.anchor = anchor();
    return sign(draft, key);
  }

  const Key& any_key() {
    const std::uint64_t die = random_() % 20;  // RSA takes its time
    return die == 0 ? *rsa_ : die < 8 ? *ethereum_ : *ed25519_;
  }

  const ProcessId& any_process() { return processes_[random_() % processes_.size()]; }
  Sent& any_sent() { return sent_[random_() % sent_.size()]; }

  // The slot that a message is answered with. It is sent until it is answered.
  static std::uint64_t slot_of(std::uint16_t port, const std::string& path, const Bytes& bytes) {
    const auto deadline = std::chrono::steady_clock::now() + kTaken;
    std::string last = "nothing";
    do {
      Connection connection(port);
      const auto answer = connection.post(path, bytes);
      if (answer) last = fmt::format("{} {}", answer->status, answer->body.substr(0, 200));
      if (answer && answer->status / 100 == 2) {
        const auto body = json::parse(answer->body, nullptr, false);
        if (body.is_object() && body.contains("slot")) return body["slot"].get<std::uint64_t>();
      }
      if (answer && answer->status / 100 == 4 && answer->status != 429) break;
      std::this_thread::sleep_for(20ms);
    } while (std::chrono::steady_clock::now() < deadline);
    throw std::runtime_error("a good message was answered " + last);
  }

  std::string any_path(const ProcessId& process) {
    static constexpr std::array kRoutes{"push", "schedule"};
    return path_of(process, kRoutes[random_() % kRoutes.size()]);
  }

  Sent& send_first(const DataItem& item, const ProcessId& process) {
    const std::uint64_t slot = slot_of(own_.port(), any_path(process), item.bytes());
    expect_slot("a new message", slot, slots_[process]++, item.id());
    return sent_.emplace_back(Sent{process, item.bytes(), item.id(), slot});
  }

  void expect_slot(std::string_view what, std::uint64_t slot, std::uint64_t due,
                   const MessageId& message) {
    if (options_.sabotage == "double-slot" && ++asked_ % 100 == 0) ++slot;
    if (slot == due || complaints_.size() > 20) return;
    complaints_.push_back(fmt::format("{}: message {} has slot {} and was answered {}", what,
                                      message.text(), due, slot));
  }

  void come_again(Manner manner) {
    ++tried_[manner];
    const char* what = kNames[static_cast<std::size_t>(manner)];
    switch (manner) {
      case Manner::kSameBytes:
        return again(what, own_.port(), any_sent());
      case Manner::kAtAnotherNode:
        return again(what, other_.port(), any_sent());
      case Manner::kOfAPeer:
        return again(what, own_.port(), pushed_[random_() % pushed_.size()]);
      case Manner::kAtOnce:
        return at_once(what);
      case Manner::kSignedAnew:
        return signed_anew(what);
      case Manner::kElsewhere:
        return elsewhere(what);
      case Manner::kAltered:
        return refused(what, altered(any_sent()));
      case Manner::kHighS: {
        const ProcessId& process = any_process();
        return refused(
            what, {process, with_high_s(new_item(process, *ethereum_).bytes()), sent_.front().id});
      }
      case Manner::kSmallOrder: {
        const ProcessId& process = any_process();
        return refused(what, {process, of_small_order(new_item(process, *ed25519_).bytes()),
                              sent_.front().id});
      }
    }
  }

  void again(const char* what, std::uint16_t port, const Sent& sent) {
    expect_slot(what, slot_of(port, any_path(sent.process), sent.bytes), sent.slot, sent.id);
  }

  void at_once(const char* what) {
    const ProcessId& process = any_process();
    const DataItem item = new_item(process, any_key());
    std::vector<std::future<std::uint64_t>> answers;
    for (std::size_t i = 0; i < options_.clients; ++i)
      answers.push_back(std::async(std::launch::async, slot_of, own_.port(), any_path(process),
                                   std::cref(item.bytes())));
    if (random_() % kNewOfKill == 0) start_again();  // whoever is not answered asks again
    const std::uint64_t due = slots_[process]++;
    for (auto& answer : answers)
      expect_slot(what, answer.get(), due, item.id());
    sent_.push_back({process, item.bytes(), item.id(), due});
  }

  // With another nonce it is another signature, and so another id, for the same content.
  void signed_anew(const char* what) {
    const ProcessId& process = any_process();
    const std::string number = std::to_string(++made_);
    const message::Tags tags{{"Data-Protocol", "ao"},
                             {"Variant", "ao.N.1"},
                             {"Type", "Message"},
                             {"From-Process", processes_.front().text()},
                             {"Reference", number}};
    const Parts parts{
        3,           secret_.key, Bytes(process.bytes()), message::write_tags(tags), number,
        tags.size(), std::nullopt};
    const auto signed_with = [&](char noise) {
      return DataItem::parse(parts.with(secret_.sign(parts.hash(), Bytes(32, noise)))).value();
    };
    const DataItem first = signed_with('a'), second = signed_with('b');
    if (first.id() == second.id()) throw std::runtime_error("the nonce does not change the id");
    const Sent& sent = send_first(first, process);
    const std::string path = any_path(process);
    expect_slot(what, slot_of(own_.port(), path, second.bytes()), sent.slot, second.id());
  }

  // It says itself whose it is. Whatever the answer, the other process has no new slot.
  void elsewhere(const char* what) {
    const Sent& sent = any_sent();
    const ProcessId& target = any_process();
    if (target == sent.process) return;
    Connection connection(own_.port());
    const auto answer = connection.post(any_path(target), sent.bytes);
    if (answer && answer->status / 100 == 2)
      complaints_.push_back(fmt::format("{}: message {} for {} was taken by {}", what,
                                        sent.id.text(), sent.process.text(), target.text()));
  }

  Sent altered(const Sent& sent) {
    Sent other = sent;
    const std::size_t at = random_() % other.bytes.size();
    other.bytes[at] = static_cast<char>(other.bytes[at] ^ (1 << random_() % 8));
    return other;
  }

  void refused(const char* what, const Sent& forged) {
    Connection connection(own_.port());
    const auto answer = connection.post(any_path(forged.process), forged.bytes);
    const bool is_refused = answer && answer->status / 100 == 4;
    if (is_refused || complaints_.size() > 20) return;
    complaints_.push_back(fmt::format("{}: answered {}", what, answer ? answer->status : 0));
  }

  // Else nothing was asked of what is gone.
  void expect_pruned() {
    const auto deadline = std::chrono::steady_clock::now() + kTaken;
    bool is_pruned = false;
    while (!is_pruned && std::chrono::steady_clock::now() < deadline) {
      const std::string metrics = Connection(own_.port()).text("/metrics");
      is_pruned = metrics.find("aonode_pruned_total{what=\"outcomes\"}") != std::string::npos;
      std::this_thread::sleep_for(20ms);
    }
    checks_.expect("results are pruned meanwhile", is_pruned);
  }

  // In the end each process has what is acknowledged, each once, and nothing else.
  void conclude() {
    for (std::size_t i = 0; i < kNames.size(); ++i)
      fmt::print("  {:<22}{:>8} times\n", kNames[i], tried_[static_cast<Manner>(i)]);
    fmt::print("  {} messages, {} kills\n", sent_.size() + pushed_.size(), kills_);
    checks_.expect("whatever comes again has the slot that it had, or is refused", complaints_);
    Connection connection(own_.port());
    std::vector<std::string> wrong;
    for (const ProcessId& process : processes_) {
      const std::uint64_t last = std::stoull(connection.text(path_of(process, "slot/current")));
      if (last + 1 != slots_[process])
        wrong.push_back(fmt::format("process {} has {} slots instead of {}", process.text(),
                                    last + 1, slots_[process]));
      const std::string count = connection.text(path_of(process, "now/count"));
      if (count != std::to_string(slots_[process]))  // with its spawn
        wrong.push_back(fmt::format("process {} handled {} messages of {}", process.text(), count,
                                    slots_[process]));
    }
    checks_.expect("no process has a slot more than it had messages", wrong);
    wrong.clear();
    for (const Sent& sent : sent_)
      if (slot_of(own_.port(), path_of(sent.process, "schedule"), sent.bytes) != sent.slot)
        wrong.push_back(sent.id.text());
    checks_.expect("each message has its slot at last", wrong);
    for (const auto& [manner, times] : tried_)
      if (times == 0)
        checks_.expect("each manner was tried", false, kNames[static_cast<std::size_t>(manner)]);
  }

  const Options& options_;
  Checks& checks_;
  std::mt19937_64 random_;
  FakeArweave arweave_;
  const std::filesystem::path folder_;
  NodeProcess own_, other_;
  std::unique_ptr<Key> ed25519_ = Key::new_ed25519();
  std::unique_ptr<Key> ethereum_ = Key::new_ethereum();
  std::unique_ptr<Key> rsa_ = Key::new_rsa();
  const EthereumSecret secret_;
  std::vector<ProcessId> processes_;
  std::map<ProcessId, std::uint64_t> slots_;
  std::vector<Sent> sent_, pushed_;
  std::map<Manner, std::size_t> tried_;
  std::vector<std::string> complaints_;
  std::uint64_t made_ = 0, asked_ = 0;
  std::size_t kills_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace

void run_duplicates(const Options& options, Checks& checks) {
  Duplicates(options, checks).run();
}

}  // namespace ao::test
