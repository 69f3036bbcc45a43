// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "torture/new_folder.hpp"
#include "torture/programme.hpp"
#include "torture/store_audit.hpp"

namespace ao::test {
namespace {

constexpr std::size_t kProcesses = 3;
constexpr std::size_t kMessages = 300;
constexpr std::size_t kDisksKept = 3;  // of failures, for study

// Before it was killed a store had this time without work: nothing can tell an end that is missing
// from a write that was torn but a word about it elsewhere, which the store leaves now and then.
constexpr auto kIdle = std::chrono::milliseconds(1'500);

// A stopped store and what it had promised.
struct Shape {
  std::string name;
  std::shared_ptr<SimulatedDisk> disk;
  Ledger ledger;
};

class ShapeMaker {
 public:
  ShapeMaker(const MessagePool& pool, async::Pool& threads) : pool_(pool), threads_(threads) {}

  // Each piece of work has its messages, after which the store was stopped in good order, except
  // that the last one was killed if `killed`.
  Shape make(const std::string& name, const std::vector<std::size_t>& works, bool killed) const {
    Shape shape{name, std::make_shared<SimulatedDisk>(), Ledger(pool_)};
    std::size_t next = 0;
    for (std::size_t i = 0; i < works.size(); ++i) {
      OpenedStore opened(shape.disk, pool_, shape.ledger, threads_);
      OpenedStore::Errands client(1);
      for (std::size_t message = 0; message < works[i]; ++message)
        client[0].push_back(next++);
      opened.serve(client, 2);
      if (!opened.refusals().empty()) throw std::runtime_error(opened.refusals().front());
      if (killed && i + 1 == works.size()) {
        std::this_thread::sleep_for(kIdle);
        shape.disk = shape.disk->copy();  // `opened` stops in good order, on the old one
        return shape;
      }
    }
    return shape;
  }

 private:
  const MessagePool& pool_;
  async::Pool& threads_;
};

// "log", "sst", "MANIFEST", "CURRENT", …
std::string kind_of(const std::string& path) {
  const std::string name = name_in_parent(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string::npos ? name.substr(0, name.find('-')) : name.substr(dot + 1);
}

// One change of one file that RocksDB did not make.
class Mutation {
 public:
  Mutation(SimulatedDisk& disk, Random& random) : disk_(disk), random_(random) {}

  // Returns what it did: "a bit of /store/000004.log flipped at 812".
  std::string make() {
    path_ = some_file();
    content_ = disk_.read(path_);
    switch (random_() % 6) {
      case 0:
        return flip_bit();
      case 1:
        return truncate();
      case 2:
        return zero_page();
      case 3:
        return duplicate_page();
      case 4:
        return erase();
      default:
        return swap();
    }
  }
  const std::string& path() const { return path_; }

 private:
  std::uint64_t below(std::uint64_t limit) { return limit == 0 ? 0 : random_() % limit; }
  auto at(std::uint64_t offset) { return content_.begin() + static_cast<std::ptrdiff_t>(offset); }

  // Each kind of file is as likely as the others, however many there are of it.
  std::string some_file() {
    std::map<std::string, std::vector<std::string>> kinds;
    for (const std::string& file : disk_.files())
      if (kind_of(file) != "LOCK") kinds[kind_of(file)].push_back(file);
    const auto kind = std::next(kinds.begin(), static_cast<std::ptrdiff_t>(below(kinds.size())));
    return kind->second[below(kind->second.size())];
  }

  std::string put(const std::string& what) {
    disk_.replace(path_, content_);
    return fmt::format("{}: {}", path_, what);
  }

  std::string flip_bit() {
    if (content_.empty()) return truncate();
    const std::uint64_t byte = below(content_.size());
    content_[byte] = static_cast<char>(content_[byte] ^ (1 << below(8)));
    return put(fmt::format("a bit of byte {} is flipped", byte));
  }

  std::string truncate() {
    const std::uint64_t before = content_.size();
    // Often only the end is missing.
    const std::uint64_t missing =
        below(2) == 0 ? below(before + 1) : below(std::min<std::uint64_t>(before, 600) + 1);
    content_.resize(before - missing);
    return put(fmt::format("truncated from {} to {} bytes", before, content_.size()));
  }

  std::string zero_page() {
    const std::uint64_t page = below(content_.size() / kPageBytes + 1) * kPageBytes;
    std::fill(at(page), at(std::min<std::uint64_t>(page + kPageBytes, content_.size())), '\0');
    return put(fmt::format("the page at {} is zeros", page));
  }

  std::string duplicate_page() {
    if (content_.size() <= kPageBytes) return flip_bit();
    const std::uint64_t page = below((content_.size() - 1) / kPageBytes) * kPageBytes;
    const std::uint64_t size = std::min(kPageBytes, content_.size() - page - kPageBytes);
    std::copy(at(page), at(page + size), at(page + kPageBytes));
    return put(fmt::format("the page at {} is also the next one", page));
  }

  std::string erase() {
    disk_.erase(path_);
    return path_ + ": removed";
  }

  std::string swap() {
    std::vector<std::string> others;
    for (const std::string& file : disk_.files())
      if (file != path_ && kind_of(file) == kind_of(path_)) others.push_back(file);
    if (others.empty()) return flip_bit();
    const std::string other = others[below(others.size())];
    disk_.replace(path_, disk_.read(other));
    disk_.replace(other, content_);
    return fmt::format("{}: swapped with {}", path_, other);
  }

  SimulatedDisk& disk_;
  Random& random_;
  std::string path_;
  Bytes content_;
};

struct Tally {
  std::map<std::string, std::map<std::string, std::size_t>> verdicts;  // of each kind of file
  std::vector<std::string> silent;   // opened with fewer or other data
  std::vector<std::string> unclear;  // refused without a name
};

class CorruptionProgramme {
 public:
  CorruptionProgramme(const Options& options, Checks& checks) : options_(options), checks_(checks) {
    const ShapeMaker maker(pool_, threads_);
    shapes_.push_back(maker.make("a log, killed", {13}, true));
    shapes_.push_back(maker.make("a log, stopped", {15}, false));
    shapes_.push_back(maker.make("tables and a log, killed", {60, 70, 10}, true));
    shapes_.push_back(maker.make("tables, stopped", {170, 40}, false));
    shapes_.push_back(maker.make("many tables, killed", {40, 40, 40, 40, 40, 40, 20}, true));
  }

  void run() {
    check_unharmed();
    for (std::size_t i = 0; i < options_.count; ++i)
      mutate(options_.seed + i);
    report();
  }

 private:
  // What is found wrong below is the mutation's doing.
  void check_unharmed() {
    for (const Shape& shape : shapes_) {
      Ledger ledger = shape.ledger;
      OpenedStore opened(shape.disk->copy(), pool_, ledger, threads_);
      const Findings findings = audit_store(opened, pool_, ledger);
      checks_.expect(fmt::format("unharmed, '{}' has its {} messages in {} files", shape.name,
                                 ledger.promises(), shape.disk->files().size()),
                     findings.all().empty());
    }
  }

  void mutate(std::uint64_t seed) {
    Random random(seed);
    const Shape& shape = shapes_[random() % shapes_.size()];
    const auto disk = shape.disk->copy();
    Mutation mutation(*disk, random);
    const std::string done = mutation.make();
    if (options_.sabotage == "start-anew") {
      for (const std::string& file : disk->files())
        disk->erase(file);
    }
    const std::string name = fmt::format("--seed {} --count 1: {}, {}", seed, shape.name, done);
    ++tally_.verdicts[kind_of(mutation.path())][verdict(name, shape, disk)];
  }

  // What was refused is tried again: it must not be forgotten that it was damaged.
  std::string verdict(const std::string& name, const Shape& shape,
                      const std::shared_ptr<SimulatedDisk>& disk, bool again = false) {
    const auto mutated = disk->copy();
    Ledger ledger = shape.ledger;
    std::unique_ptr<OpenedStore> opened;
    try {
      opened = std::make_unique<OpenedStore>(disk, pool_, ledger, threads_);
    } catch (const std::runtime_error& error) {
      check_clear(name, error.what());
      if (!again) return verdict(name, shape, disk, true);
      return "refused";
    }
    try {
      const Findings findings = audit_store(*opened, pool_, ledger);
      if (!findings.wrong.empty()) {
        complain(name, findings.wrong, *mutated);
        return again ? "SILENT when tried again" : "SILENT";
      }
      if (!findings.damaged.empty()) return "a process refused";
      return findings.older.empty() ? "harmless" : "outcomes to make again";
    } catch (const std::runtime_error& error) {
      check_clear(name, error.what());
      return "refused to read";
    }
  }

  void complain(const std::string& name, const std::vector<std::string>& wrong,
                const SimulatedDisk& mutated) {
    std::string kept;
    if (tally_.silent.size() < kDisksKept) {
      const auto folder = new_folder("corruption");
      mutated.save(folder);
      kept = fmt::format(" (the disk: {})", folder.string());
    }
    tally_.silent.push_back(
        fmt::format("{}: {} ({} complaints){}", name, wrong.front(), wrong.size(), kept));
  }

  void check_clear(const std::string& name, const std::string& reason) {
    if (reason.find("/store") == std::string::npos || reason.find('\n') != std::string::npos)
      tally_.unclear.push_back(fmt::format("{}: '{}'", name, reason));
  }

  void report() {
    for (const auto& [kind, verdicts] : tally_.verdicts) {
      fmt::print("{:>9}:", kind);
      for (const auto& [verdict, count] : verdicts)
        fmt::print(" {} {}", count, verdict);
      fmt::print("\n");
    }
    checks_.expect(
        fmt::format("after {} mutations the store refused, or held everything", options_.count),
        tally_.silent);
    checks_.expect("each refusal names the store", tally_.unclear);
  }

  const Options& options_;
  Checks& checks_;
  const MessagePool pool_{kProcesses, kMessages, 1};
  async::Pool threads_{"cpu", 2};
  std::vector<Shape> shapes_;
  Tally tally_;
};

}  // namespace

void run_corruption(const Options& options, Checks& checks) {
  CorruptionProgramme(options, checks).run();
}

}  // namespace ao::test
