// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "torture/new_folder.hpp"
#include "torture/programme.hpp"
#include "torture/store_audit.hpp"

namespace ao::test {
namespace {

constexpr std::size_t kProcesses = 4;
constexpr std::size_t kMessages = 2'000;
constexpr std::size_t kDisksKept = 3;  // of failures, for study

Lies lies_of(const std::string& sabotage) {
  Lies lies;
  if (sabotage == "no-sync") lies.unsynced_ending = ".log";
  lies.skips_directories = sabotage == "forget-directory";
  return lies;
}

// What all disks of a run came to.
struct Tally {
  std::size_t cuts = 0;
  std::size_t promises = 0;
  std::map<std::string, std::size_t> places;  // of the cuts
  std::vector<std::string> unopened;
  std::vector<std::string> wrong;    // read back
  std::vector<std::string> refused;  // by a disk that works
  std::vector<std::string> broken;   // slots given twice
};

// "append of /store/000012.sst" → "append, sst"
std::string kind_of(const std::string& cut) {
  const std::string path = cut.substr(cut.rfind('/') + 1);
  const std::size_t dot = path.rfind('.');
  const std::string what =
      dot == std::string::npos ? path.substr(0, path.find('-')) : path.substr(dot + 1);
  return cut.substr(0, cut.find(" of /")) + ' ' + what;
}

// One disk from its first message on, through some power cuts.
class DiskLife {
 public:
  DiskLife(const MessagePool& pool, async::Pool& threads, std::uint64_t seed,
           const std::string& sabotage, Tally& tally)
      : pool_(pool),
        ledger_(pool),
        threads_(threads),
        seed_(seed),
        random_(seed),
        disk_(std::make_shared<SimulatedDisk>(lies_of(sabotage))),
        tally_(tally) {
    for (std::size_t i = kProcesses; i < pool.size(); ++i)
      unsent_.push_back(i);
    std::shuffle(unsent_.begin(), unsent_.end(), random_);
  }

  // Until the disk is lost or `cuts_max` cuts were made.
  void run(std::size_t cuts_max) {
    const std::size_t cuts = std::min<std::size_t>(cuts_max, 5 + below(15));
    while (cuts_ < cuts && !lost_)
      live_until_cut();
    if (!lost_) stop_and_look();
    for (const std::string& complaint : ledger_.complaints())
      tally_.broken.push_back(named(complaint));
    tally_.promises += ledger_.promises();
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::string named(const std::string& what) const {
    return fmt::format("--seed {} --count {}: {}", seed_, std::max<std::size_t>(cuts_, 1), what);
  }

  void live_until_cut() {
    if (below(4) == 0) disk_->cut_power_at(1 + below(60));  // while it opens, or soon after
    if (const auto opened = open()) {
      audit(*opened);
      if (below(8) != 0) disk_->cut_power_at(1 + below(below(4) == 0 ? 300 : 50));
      work(*opened);
      if (below(2) == 0) disk_->cut_power_at(1 + below(3));  // while it closes
    }
    if (lost_) return;
    disk_->cut_power();  // if it was not before
    ++cuts_;
    ++tally_.cuts;
    ++tally_.places[disk_->cut().empty() ? "after closing" : kind_of(disk_->cut())];
    disk_ = disk_->after_power_cut(random_);
  }

  // After a stop in good order everything is as before, too.
  void stop_and_look() {
    for (int i = 0; i < 2 && !lost_; ++i)
      if (const auto opened = open()) audit(*opened);
  }

  std::unique_ptr<OpenedStore> open() {
    const auto found = disk_->copy();
    try {
      return std::make_unique<OpenedStore>(disk_, pool_, ledger_, threads_);
    } catch (const std::exception& error) {
      if (!disk_->is_off()) lose(tally_.unopened, error.what(), *found);
      return nullptr;
    }
  }

  void audit(OpenedStore& opened) {
    const auto found = disk_->copy();
    std::vector<std::string> complaints;
    try {
      complaints = audit_store(opened, pool_, ledger_).all();
    } catch (const std::exception& error) {
      complaints.push_back(error.what());
    }
    if (!complaints.empty() && !disk_->is_off())
      lose(tally_.wrong, fmt::format("{} ({} complaints)", complaints.front(), complaints.size()),
           *found);
  }

  void lose(std::vector<std::string>& complaints, const std::string& what,
            const SimulatedDisk& found) {
    lost_ = true;
    std::string kept;
    if (tally_.unopened.size() + tally_.wrong.size() < kDisksKept) {
      const auto folder = new_folder("power-loss");
      found.save(folder);
      kept = fmt::format(" (the disk: {})", folder.string());
    }
    complaints.push_back(named(what + kept));
  }

  void work(OpenedStore& opened) {
    if (lost_) return;
    OpenedStore::Errands spawns(1);
    for (std::size_t i = 0; i < kProcesses; ++i)
      spawns[0].push_back(i);
    const bool is_spawned = ledger_.promise(kProcesses - 1).has_value();
    if (!is_spawned || below(10) == 0) opened.serve(spawns, 1);
    if (opened.refusals().empty()) opened.serve(errands(), 1 + below(4));
    if (!opened.refusals().empty() && !disk_->is_off())
      tally_.refused.push_back(named(opened.refusals().front()));
  }

  // What was sent before, answered or not, and what is new.
  OpenedStore::Errands errands() {
    OpenedStore::Errands clients(1 + below(6));
    const std::size_t count = 10 + below(60);
    for (std::size_t i = 0; i < count; ++i) {
      auto& client = clients[below(clients.size())];
      const bool repeats = below(8) == 0 && !sent_.empty();
      if (!repeats && unsent_.empty()) break;
      if (repeats) {
        client.push_back(sent_[below(sent_.size())]);
      } else {
        client.push_back(unsent_.back());
        sent_.push_back(unsent_.back());
        unsent_.pop_back();
      }
    }
    return clients;
  }

  const MessagePool& pool_;
  Ledger ledger_;
  async::Pool& threads_;
  const std::uint64_t seed_;
  Random random_;
  std::shared_ptr<SimulatedDisk> disk_;
  Tally& tally_;
  std::vector<std::size_t> unsent_;
  std::vector<std::size_t> sent_;
  std::size_t cuts_ = 0;
  bool lost_ = false;
};

void report(const Tally& tally, std::chrono::duration<double> took) {
  std::vector<std::pair<std::size_t, std::string>> places;
  for (const auto& [place, count] : tally.places)
    places.emplace_back(count, place);
  std::ranges::sort(places, std::greater());
  fmt::print("the power was cut");
  for (const auto& [count, place] : places)
    fmt::print("{}{} × at {}", place == places.front().second ? " " : ", ", count, place);
  fmt::print("\n{} power cuts, {} messages acknowledged, {:.1f} s: {:.1f} ms a cut\n", tally.cuts,
             tally.promises, took.count(),
             1000 * took.count() / static_cast<double>(std::max<std::size_t>(tally.cuts, 1)));
}

}  // namespace

void run_power_loss(const Options& options, Checks& checks) {
  const MessagePool pool(kProcesses, kMessages, 1);  // of each disk; its seed is its own
  async::Pool threads("cpu", 2);
  Tally tally;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t life = 0; tally.cuts < options.count; ++life) {
    const std::size_t before = tally.cuts;
    DiskLife(pool, threads, options.seed + life, options.sabotage, tally)
        .run(options.count - tally.cuts);
    if (tally.cuts == before) break;  // no disk can be opened at all
  }
  report(tally, std::chrono::steady_clock::now() - began);
  checks.expect(fmt::format("{} power cuts were made", options.count), tally.cuts == options.count);
  checks.expect("after each the store opened", tally.unopened);
  checks.expect("it held each acknowledged message and outcome, and whole ones only", tally.wrong);
  checks.expect("the same message got the same slot again", tally.broken);
  checks.expect("no good message was refused while there was power", tally.refused);
}

}  // namespace ao::test
