// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <map>

#include "torture/programme.hpp"
#include "torture/store_audit.hpp"

namespace ao::test {
namespace {

constexpr std::size_t kProcesses = 3;
constexpr std::size_t kMessages = 40;
constexpr std::uint64_t kSlowSyncsApart = 5;
constexpr auto kSlow = std::chrono::milliseconds(30);

const std::set<Operation> kChanges{
    Operation::kCreate, Operation::kAppend, Operation::kSync,          Operation::kTruncate,
    Operation::kRename, Operation::kRemove, Operation::kSyncDirectory, Operation::kMakeDirectory};

struct Tally {
  std::size_t runs = 0;
  std::size_t unopened = 0;   // faults that kept the store from opening
  std::size_t refused = 0;    // faults after which nothing more was acknowledged
  std::size_t unnoticed = 0;  // faults that changed nothing for clients
  std::vector<std::string> unclear, wrong_refusals, unread, repeated, lost, still_failing;
};

OpenedStore::Errands messages(std::size_t begin, std::size_t end) {
  OpenedStore::Errands one_client(1);
  for (std::size_t i = begin; i < end; ++i)
    one_client[0].push_back(i);
  return one_client;
}

// The same work each time: a new store, messages, a stop; the store again, more messages, a stop.
class FixedRun {
 public:
  FixedRun(const MessagePool& pool, async::Pool& threads, Tally& tally)
      : pool_(pool), threads_(threads), ledger_(pool), tally_(tally) {}

  SimulatedDisk& disk() { return *disk_; }
  bool was_refused() const { return refused_; }
  std::size_t promises() const { return ledger_.promises(); }

  // Until something fails.
  void run() {
    const std::size_t half = (kProcesses + kMessages) / 2;
    if (work(0, half)) work(half, kProcesses + kMessages);
  }

  void examine(const std::string& name) {
    ++tally_.runs;
    (unopened_ ? tally_.unopened : refused_ ? tally_.refused : tally_.unnoticed) += 1;
    if (disk_->syncs_after_a_failed_one() > 0)
      tally_.repeated.push_back(named(name, "a file was synced after a sync of it had failed"));
    for (const std::string& complaint : ledger_.complaints())
      tally_.lost.push_back(named(name, complaint));
    disk_->heal();
    Ledger after_a_power_cut = ledger_;
    look_again(name + ", then the power went", disk_->what_is_synced(), after_a_power_cut, false);
    look_again(name, disk_->copy(), ledger_, true);
    for (auto& [list, complaint] : complaints_)
      list->push_back(named(name, complaint));
  }

 private:
  std::string named(const std::string& name, const std::string& what) const {
    return fmt::format("{} ({}): {}", name, disk_->struck(), what);
  }
  void complain(std::vector<std::string>& list, std::string what) {
    complaints_.emplace_back(&list, std::move(what));
  }

  bool work(std::size_t begin, std::size_t end) {
    std::unique_ptr<OpenedStore> opened;
    try {
      opened = std::make_unique<OpenedStore>(disk_, pool_, ledger_, threads_);
    } catch (const std::runtime_error& error) {
      unopened_ = true;
      if (std::string(error.what()).find("/store") == std::string::npos)
        complain(tally_.unclear, fmt::format("opening: '{}'", error.what()));
      return false;
    }
    opened->serve(messages(begin, end), 2);
    if (opened->refusals().empty()) return true;
    refused_ = true;
    check_failed(*opened);
    return false;
  }

  // Promise P9.
  void check_failed(OpenedStore& opened) {
    const std::string reason = opened.store().failure();
    if (reason.find("injected fault") == std::string::npos)
      complain(tally_.unclear, fmt::format("the store says '{}' of its failure, the client heard "
                                           "'{}'",
                                           reason, opened.refusals().front()));
    const std::size_t promises = ledger_.promises();
    opened.serve(messages(kProcesses + kMessages, pool_.size()), 1);
    const auto empty = await(threads_, opened.store().commit({}));
    if (ledger_.promises() != promises || empty)
      complain(tally_.wrong_refusals, "something was acknowledged after a failure");
    if (opened.store().failure() != reason)
      complain(tally_.unclear, "the reason of the failure changed");
    disk_->heal();
    for (std::size_t i = 0; i < pool_.size(); ++i)
      check_readable(opened, i);
  }

  void check_readable(OpenedStore& opened, std::size_t index) {
    const auto slot = ledger_.promise(index);
    if (!slot) return;
    try {
      const auto found = opened.log().read(pool_[index].process(), *slot);
      if (!found || found->body().bytes() != pool_[index].item().bytes())
        complain(tally_.unread, fmt::format("slot {} is not there", slot->number));
    } catch (const std::exception& error) {
      complain(tally_.unread, error.what());
    }
  }

  // A new process on a disk that works again.
  void look_again(const std::string& name, const std::shared_ptr<SimulatedDisk>& disk,
                  Ledger& ledger, bool goes_on) {
    try {
      OpenedStore opened(disk, pool_, ledger, threads_);
      note(name, audit_store(opened, pool_, ledger));
      if (!goes_on) return;
      opened.serve(messages(0, kProcesses + kMessages), 3);
      if (!opened.refusals().empty())
        tally_.still_failing.push_back(named(name, opened.refusals().front()));
      note(name + ", and more was written", audit_store(opened, pool_, ledger));
    } catch (const std::exception& error) {
      tally_.still_failing.push_back(named(name, error.what()));
    }
  }

  void note(const std::string& name, const Findings& findings) {
    const auto complaints = findings.all();
    for (const std::string& complaint : complaints)
      tally_.lost.push_back(named(name, complaint));
  }

  const MessagePool& pool_;
  async::Pool& threads_;
  Ledger ledger_;
  Tally& tally_;
  std::shared_ptr<SimulatedDisk> disk_ = std::make_shared<SimulatedDisk>();
  bool unopened_ = false;
  bool refused_ = false;
  std::vector<std::pair<std::vector<std::string>*, std::string>> complaints_;
};

class NthFailure {
 public:
  NthFailure(const Options& options, Checks& checks) : options_(options), checks_(checks) {}

  void run() {
    FixedRun whole(pool_, threads_, tally_);
    whole.run();
    const std::uint64_t operations = whole.disk().count();
    const std::uint64_t changes = whole.disk().changes();
    const std::uint64_t syncs = whole.disk().count(Operation::kSync);
    fmt::print("without a fault: {} operations, {} of them changes, {} syncs; {} acknowledged\n",
               operations, changes, syncs, whole.promises());
    checks_.expect("without a fault every message is acknowledged",
                   whole.promises() == kProcesses + kMessages);
    if (options_.sabotage == "swallow") {
      each("write swallowed", changes,
           {Fault::Kind::kSwallowed, {Operation::kAppend, Operation::kSync}, "", 1, true});
    } else {
      each("no space from change", changes, {Fault::Kind::kNoSpace, kChanges, "", 1, true});
      each("no space at change", changes, {Fault::Kind::kNoSpace, kChanges, "", 1, false});
      each("error at operation", operations, {});
    }
    slow_syncs(syncs);
    report();
  }

 private:
  // About `--count` of the numbers, or all.
  void each(const std::string& what, std::uint64_t numbers, Fault fault) {
    const std::uint64_t step =
        options_.count == 0 ? 1 : std::max<std::uint64_t>(1, 3 * numbers / options_.count);
    for (fault.number = 1; fault.number <= numbers; fault.number += step) {
      FixedRun run(pool_, threads_, tally_);
      run.disk().inject(fault);
      run.run();
      run.examine(fmt::format("{} {}", what, fault.number));
    }
  }

  void slow_syncs(std::uint64_t syncs) {
    Fault fault{Fault::Kind::kSlow, {Operation::kSync}, "", 1, false, kSlow};
    std::vector<std::string> refused;
    for (; fault.number <= syncs; fault.number += kSlowSyncsApart) {
      FixedRun run(pool_, threads_, tally_);
      run.disk().inject(fault);
      run.run();
      if (run.promises() != kProcesses + kMessages)
        refused.push_back(fmt::format("sync {} took long, and {} messages were acknowledged",
                                      fault.number, run.promises()));
    }
    checks_.expect("a slow sync delays, and refuses nobody", refused);
  }

  void report() {
    fmt::print(
        "{} faults: {} kept the store from opening, {} ended its acknowledgements, {} did "
        "not matter\n",
        tally_.runs, tally_.unopened, tally_.refused, tally_.unnoticed);
    checks_.expect("most faults are noticed", tally_.refused + tally_.unopened > tally_.runs / 3);
    checks_.expect("each failure has one clear reason", tally_.unclear);
    checks_.expect("after a failure nothing is acknowledged", tally_.wrong_refusals);
    checks_.expect("after a failure what was acknowledged can be read", tally_.unread);
    checks_.expect("no sync that failed is tried again", tally_.repeated);
    checks_.expect("on a disk that works again the store opens and goes on", tally_.still_failing);
    checks_.expect("it holds everything that was acknowledged, and whole", tally_.lost);
  }

  const Options& options_;
  Checks& checks_;
  const MessagePool pool_{kProcesses, kMessages + 4, 1};
  async::Pool threads_{"cpu", 2};
  Tally tally_;
};

}  // namespace

void run_nth_failure(const Options& options, Checks& checks) {
  NthFailure(options, checks).run();
}

}  // namespace ao::test
