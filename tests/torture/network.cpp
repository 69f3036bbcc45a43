// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/faulty_proxy.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Milliseconds = std::chrono::milliseconds;
using nlohmann::json;

constexpr std::size_t kNodes = 3;
constexpr std::size_t kAccountsOfNode = 2;
constexpr std::size_t kHops = 25;
constexpr std::int64_t kMoney = 1'000'000;  // of each account in the beginning
constexpr auto kReadyPatience = 60s;
constexpr auto kDrainPatience = 120s;

// Passes on what it gets, one hop less, to the next account; numbers what it sends to each, and
// checks the numbers of what it gets.
constexpr const char* kAccount = R"(
balance = balance or 1000000
passed, started, wrong = passed or 0, started or 0, wrong or {}
sent, heard = sent or {}, heard or {}

local function pass(quantity, hops, salt)
  local to = ring[1 + (salt + hops) % #ring]
  balance = balance - quantity
  sent[to] = (sent[to] or 0) + 1
  Send({ Target = to, Action = "Pass", Quantity = tostring(quantity), Hops = tostring(hops - 1),
         Number = tostring(sent[to]), Salt = tostring(salt) })
end

local function show()
  Send({ device = "patch@1.0", balance = balance, passed = passed, started = started,
         wrong = table.concat(wrong, "; ") })
end

Handlers.add("ring", "Ring", function(msg)
  ring = {}
  for id in msg.Data:gmatch("%S+") do ring[#ring + 1] = id end
  show()
end)

Handlers.add("start", "Start", function(msg)
  started = started + 1
  pass(tonumber(msg.Quantity), tonumber(msg.Hops), tonumber(msg.Salt))
  show()
end)

Handlers.add("pass", "Pass", function(msg)
  local due = (heard[msg.From] or 0) + 1
  heard[msg.From] = due
  if tonumber(msg.Number) ~= due then
    wrong[#wrong + 1] = "number " .. msg.Number .. " of " .. msg.From .. " came as " .. due
  end
  passed = passed + 1
  balance = balance + tonumber(msg.Quantity)
  if tonumber(msg.Hops) > 0 then
    pass(tonumber(msg.Quantity), tonumber(msg.Hops), tonumber(msg.Salt))
  end
  show()
end)
)";

struct Site {  // a node, the wire to it, and what is on it
  std::unique_ptr<NodeProcess> node;
  std::unique_ptr<FaultyProxy> wire;
  Address address;
  std::vector<ProcessId> accounts;
};

class NetworkProgramme {
 public:
  NetworkProgramme(const Options& options, Checks& checks)
      : options_(options), checks_(checks), random_(options.seed), folder_(new_folder("network")) {}

  void run() {
    try {
      play();
    } catch (const std::exception& error) {  // an answer that nobody could expect
      checks_.expect("the programme runs to its end", false, error.what());
    }
    if (checks_.failed() > 0) {
      fmt::print("kept for study: {}\n", folder_.string());
      for (const Site& site : sites_)
        fmt::print("the last lines of a node's log:\n{}", site.node->last_log_lines(5));
      return;
    }
    sites_.clear();
    std::filesystem::remove_all(folder_);
  }

 private:
  void play() {
    build();
    for (Site& site : sites_)
      if (!bring_up(site)) return;
    set_up();
    std::atomic<bool> stopping = false;
    std::vector<std::thread> clients;
    for (std::size_t i = 0; i < options_.clients; ++i) {
      const std::uint64_t seed = random_();
      clients.emplace_back([this, seed, &stopping] { start_chains(seed, stopping); });
    }
    const bool survived = break_again_and_again();
    stopping = true;
    for (std::thread& client : clients)
      client.join();
    if (survived) conclude();
  }

  std::uint64_t between(std::uint64_t least, std::uint64_t most) {
    return least + random_() % (most - least + 1);
  }

  void build() {
    std::vector<std::uint16_t> ports, wires;
    std::string urls;
    for (std::size_t i = 0; i < kNodes; ++i) {
      ports.push_back(free_port());
      wires.push_back(free_port());
      urls += fmt::format("{}http://127.0.0.1:{}", i == 0 ? "" : ",", wires.back());
    }
    for (std::size_t i = 0; i < kNodes; ++i) {
      NodePlace place;
      place.binary = options_.node;
      place.folder = folder_ / fmt::format("node-{}", i);
      std::filesystem::create_directories(place.folder);
      place.port = ports[i];
      place.environment = {{"AONODE_PEERS_URLS", urls},
                           {"AONODE_NODE_URL", fmt::format("http://127.0.0.1:{}", wires[i])},
                           {"AONODE_HTTP_PUSH_WAIT", "20ms"},
                           {"AONODE_STORE_CACHE_BYTES", "8MiB"}};
      sites_.push_back({std::make_unique<NodeProcess>(place),
                        std::make_unique<FaultyProxy>(wires[i], ports[i]),
                        {},
                        {}});
    }
  }

  bool bring_up(Site& site) {
    site.node->start();
    const bool ready = site.node->wait_until_ready(kReadyPatience);
    checks_.expect(fmt::format("start {}: ready", ++starts_), ready, "the node ended, or hangs");
    return ready;
  }

  void set_up() {
    for (Site& site : sites_) {
      Connection connection(site.node->port());
      site.address.text = connection.text("/~meta@1.0/info/address");
    }
    std::string ring;
    for (Site& site : sites_) {
      Connection connection(site.node->port());
      message::Tags authorities;
      for (const Site& one : sites_)
        authorities.push_back({"Authority", one.address.text});
      for (std::size_t i = 0; i < kAccountsOfNode; ++i) {
        site.accounts.push_back(
            spawn_process(connection, kAccount, site.address, *owner_, authorities));
        ring += site.accounts.back().text() + ' ';
      }
    }
    for (const Site& site : sites_)
      for (const ProcessId& account : site.accounts)
        push_until_taken(site, account, message_draft(account, "Ring", ring));
  }

  void push_until_taken(const Site& site, const ProcessId& process, const message::Draft& draft) {
    const auto item = sign(draft, *owner_);
    for (;;) {
      Connection connection(site.node->port());
      const auto answer = connection.post(path_of(process, "push"), item.bytes());
      if (answer && (answer->status == 200 || answer->status == 202)) return;
      if (answer && answer->status / 100 == 4 && answer->status != 429)
        throw std::runtime_error("a message is refused: " + answer->body);
      std::this_thread::sleep_for(20ms);
    }
  }

  // Each message is sent until it is acknowledged.
  void start_chains(std::uint64_t seed, const std::atomic<bool>& stopping) {
    std::mt19937_64 random(seed);
    while (!stopping) {
      const Site& site = sites_[random() % kNodes];
      const ProcessId& account = site.accounts[random() % kAccountsOfNode];
      auto draft = message_draft(account, "Start");
      draft.anchor = Bytes(24, '0');
      put_u64be(draft.anchor, random());
      draft.tags.push_back({"Quantity", std::to_string(1 + random() % 100)});
      draft.tags.push_back({"Hops", std::to_string(kHops)});
      draft.tags.push_back({"Salt", std::to_string(random() % 1'000)});
      push_until_taken(site, account, draft);
      ++chains_;
    }
  }

  // False when a node did not come up again.
  bool break_again_and_again() {
    for (std::size_t i = 1; i <= options_.count; ++i) {
      Site& site = sites_[random_() % kNodes];
      const auto pause = Milliseconds(between(50, 1'200));
      if (between(1, 2) == 1) {
        site.node->kill();
        ++kills_;
        std::this_thread::sleep_for(pause / 2);
        if (!bring_up(site)) return false;
      } else {
        using Wire = FaultyProxy::Wire;
        const std::array<Wire, 3> faults{Wire::kCut, Wire::kSilent, Wire::kLosesAnswers};
        site.wire->set(faults[between(0, faults.size() - 1)]);
        ++cuts_;
        std::this_thread::sleep_for(pause);
        site.wire->set(Wire::kWhole);
      }
      std::this_thread::sleep_for(pause / 2);
    }
    return true;
  }

  struct Books {
    std::int64_t balance = 0;
    std::uint64_t passed = 0, started = 0;
    std::vector<std::string> wrong;
  };

  // Behind everything that is scheduled by then.
  json state_of(Connection& connection, const ProcessId& account) {
    const std::string target = path_of(account, "now?accept=application/json");
    for (const auto began = std::chrono::steady_clock::now();;) {
      const auto answer = connection.get(target);
      if (answer && answer->status == 200) return json::parse(answer->body);
      if (std::chrono::steady_clock::now() > began + kDrainPatience)
        throw std::runtime_error(target + ": " + (answer ? answer->body : answer.error().text));
      std::this_thread::sleep_for(50ms);
    }
  }

  Books read_books() {
    Books books;
    for (const Site& site : sites_) {
      Connection connection(site.node->port());
      for (const ProcessId& account : site.accounts) {
        const json shown = state_of(connection, account);
        const auto number = [&](const char* name) {
          const json& value = shown.at(name);
          return value.is_string() ? std::stoll(value.get<std::string>())
                                   : value.get<std::int64_t>();
        };
        books.balance += number("balance");
        books.passed += static_cast<std::uint64_t>(number("passed"));
        books.started += static_cast<std::uint64_t>(number("started"));
        const auto wrong = shown.at("wrong").get<std::string>();
        if (!wrong.empty()) books.wrong.push_back(account.text() + ": " + wrong);
      }
    }
    return books;
  }

  void conclude() {
    const auto began = std::chrono::steady_clock::now();
    const std::uint64_t due = chains_ * kHops;
    Books books;
    do {
      std::this_thread::sleep_for(100ms);
      books = read_books();
    } while (books.passed < due && std::chrono::steady_clock::now() < began + kDrainPatience);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::this_thread::sleep_for(500ms);  // in which what is doubled would arrive
    books = read_books();
    if (options_.sabotage == "lose-transfer") books.passed -= 1;
    if (options_.sabotage == "double-transfer") books.balance += 1;
    std::uint64_t lost = 0;
    for (const Site& site : sites_)
      lost += site.wire->answers_lost();
    fmt::print(
        "{} chains of {} transfers, {} kills, {} faults of the wire, {} answers lost; "
        "drained in {:.1f} s\n",
        chains_.load(), kHops, kills_, cuts_, lost, took.count());
    checks_.expect("every chain that was acknowledged began once", books.started == chains_,
                   fmt::format("{} of {}", books.started, chains_.load()));
    checks_.expect("every transfer arrived once", books.passed == due,
                   fmt::format("{} of {}", books.passed, due));
    checks_.expect("each sender's transfers arrived in its order", books.wrong);
    const std::int64_t money = kMoney * static_cast<std::int64_t>(kNodes * kAccountsOfNode);
    checks_.expect("no money came or went", books.balance == money,
                   fmt::format("{} where {} was", books.balance, money));
    for (const Site& site : sites_) {
      Connection connection(site.node->port());
      const std::string metrics = connection.text("/metrics");
      checks_.expect("nothing is left to be forwarded",
                     metrics.find("\naonode_forward_routes 0\n") != std::string::npos,
                     "routes are left");
      checks_.expect("no message became a dead letter",
                     metrics.find("outcome=\"peer-refused\"") == std::string::npos &&
                         metrics.find("outcome=\"peers-silent\"") == std::string::npos,
                     "some did");
      checks_.expect("it stops when asked to", site.node->stop(20s) == 0,
                     "another exit code than 0");
    }
  }

  const Options& options_;
  Checks& checks_;
  std::mt19937_64 random_;
  std::filesystem::path folder_;
  std::unique_ptr<crypto::Key> owner_ = crypto::Key::new_ed25519();
  std::vector<Site> sites_;
  std::atomic<std::uint64_t> chains_ = 0;
  std::size_t starts_ = 0, kills_ = 0, cuts_ = 0;
};

}  // namespace

void run_network(const Options& options, Checks& checks) {
  NetworkProgramme(options, checks).run();
}

}  // namespace ao::test
