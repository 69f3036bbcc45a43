// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "db_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "ao/base/log.hpp"
#include "ao/message/json.hpp"
#include "ao/node/archive.hpp"
#include "ao/node/store_audit.hpp"
#include "ao/store/maintenance.hpp"
#include "progress.hpp"

namespace ao::app {
namespace {

namespace fs = std::filesystem;
using message::List;
using message::Map;
using message::Value;
using Unit = ProgressLine::Unit;

constexpr std::size_t kLargestShown = 10;
constexpr std::size_t kFindingsKept = 100;

class Stopwatch {
 public:
  std::string text() const {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began_;
    return fmt::format("{:.1f} s", took.count());
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

struct Sized {
  ProcessId process;
  node::ProcessCount count;
};

std::vector<Sized> largest(const node::Census& census) {
  std::vector<Sized> all;
  for (const auto& [process, count] : census.processes)
    all.push_back({process, count});
  const auto shown = std::min(all.size(), kLargestShown);
  std::ranges::partial_sort(
      all, all.begin() + static_cast<std::ptrdiff_t>(shown),
      [](const Sized& a, const Sized& b) { return a.count.bytes > b.count.bytes; });
  all.resize(shown);
  return all;
}

Value number(std::uint64_t value) {
  return Value(static_cast<std::int64_t>(value));
}

Value json_of(const fs::path& directory, const store::Shape& shape, const node::Census& census) {
  List levels;
  for (const store::Level& level : shape.levels)
    levels.emplace_back(Map{{"bytes", number(level.bytes)},
                            {"files", number(level.files)},
                            {"level", Value(level.number)}});
  List tables;
  for (const node::Table& table : node::tables()) {
    const node::TableCount& count = census.tables.at(table.letter);
    tables.emplace_back(Map{{"key_bytes", number(count.key_bytes)},
                            {"keys", number(count.keys)},
                            {"letter", Bytes(1, table.letter)},
                            {"name", table.name},
                            {"value_bytes", number(count.value_bytes)}});
  }
  List processes;
  for (const auto& [process, count] : largest(census))
    processes.emplace_back(Map{{"bytes", number(count.bytes)},
                               {"messages", number(count.slots)},
                               {"outbox", number(count.outbox)},
                               {"outcomes", number(count.outcomes)},
                               {"process", process.text()}});
  const node::ProcessCount total = census.total();
  return Map{{"directory", directory.string()},
             {"disk", Map{{"log_bytes", number(shape.log_bytes)},
                          {"other_bytes", number(shape.other_bytes)},
                          {"table_bytes", number(shape.table_bytes)}}},
             {"largest", std::move(processes)},
             {"levels", std::move(levels)},
             {"messages", number(total.slots)},
             {"outbox", number(total.outbox)},
             {"outcomes", number(total.outcomes)},
             {"processes", number(census.processes.size())},
             {"tables", std::move(tables)},
             {"unevaluated", number(total.unevaluated)}};
}

void print(const fs::path& directory, const store::Shape& shape, const node::Census& census) {
  const node::ProcessCount total = census.total();
  std::cout << fmt::format(
      "store       {}\n"
      "on disk     {} (tables {}, other {}; the write-ahead log had {})\n"
      "processes   {}\n"
      "messages    {}, of which {} have an outcome and {} wait for one\n"
      "outbox      {} waiting\n\n",
      directory.string(), bytes_text(shape.disk_bytes()), bytes_text(shape.table_bytes),
      bytes_text(shape.other_bytes), bytes_text(shape.log_bytes),
      count_text(census.processes.size()), count_text(total.slots), count_text(total.outcomes),
      count_text(total.unevaluated), count_text(total.outbox));
  std::cout << fmt::format("{:<17} {:>13} {:>12} {:>12}\n", "table", "entries", "keys", "values");
  for (const node::Table& table : node::tables()) {
    const node::TableCount& count = census.tables.at(table.letter);
    std::cout << fmt::format("{} {:<15} {:>13} {:>12} {:>12}\n", table.letter, table.name,
                             count_text(count.keys), bytes_text(count.key_bytes),
                             bytes_text(count.value_bytes));
  }
  std::cout << fmt::format("\n{:<17} {:>13} {:>12}\n", "level", "files", "size");
  for (const store::Level& level : shape.levels)
    std::cout << fmt::format("{:<17} {:>13} {:>12}\n", level.number, count_text(level.files),
                             bytes_text(level.bytes));
  std::cout << fmt::format("\n{:<43} {:>10} {:>10} {:>8} {:>10}\n", "largest processes", "messages",
                           "outcomes", "outbox", "size");
  for (const auto& [process, count] : largest(census))
    std::cout << fmt::format("{:<43} {:>10} {:>10} {:>8} {:>10}\n", process.text(),
                             count_text(count.slots), count_text(count.outcomes),
                             count_text(count.outbox), bytes_text(count.bytes));
}

// As the node does, but never a new one.
std::unique_ptr<store::Store> open(const DbOptions& options) {
  store::expect_store(options.store.directory);
  return store::Store::open(options.store);
}

std::size_t cores() {
  return std::max(1u, std::thread::hardware_concurrency());
}

node::Census census_of(const store::Store& store, std::uint64_t keys, const DbOptions& options) {
  ProgressLine line("counting", Unit::kEntries, options.quiet);
  return node::take_census(store, keys, line.teller());
}

// What checksums tell, before anything is read through the store.
struct Tables {
  store::Shape shape;
  Findings findings;
};

Tables check_tables(const DbOptions& options) {
  const auto stopped = store::StoppedStore::open(options.store);
  Tables tables{stopped->shape(), Findings(kFindingsKept)};
  {
    ProgressLine line("checking tables", Unit::kBytes, options.quiet);
    for (std::string& table : stopped->damaged_tables(line.teller()))
      tables.findings.add(std::move(table));
  }
  if (tables.findings.count() > 0) return tables;
  ProgressLine line("checking records", Unit::kEntries, options.quiet);
  tables.findings.add(stopped->altered_records(line.teller()));
  return tables;
}

// Empty: whoever signed.
std::set<Address> schedulers_of(const DbOptions& options) {
  std::set<Address> schedulers = options.schedulers;
  if (options.key_file.empty()) return schedulers;
  const auto key = crypto::Key::load(options.key_file);
  if (!key) throw std::runtime_error(key.error().text);
  schedulers.insert((*key)->address());
  return schedulers;
}

// Everything that is read through the store.
struct Proof {
  node::Census census;
  Findings findings;
};

Proof prove(const DbOptions& options, bool fast, std::uint64_t keys) {
  node::StoreAuditSettings settings;
  settings.schedule.signatures = !fast;
  settings.schedule.schedulers = schedulers_of(options);
  settings.threads = cores();
  settings.findings_kept_max = kFindingsKept;
  const auto store = open(options);
  Proof proof{{}, Findings(settings.findings_kept_max)};
  try {
    proof.census = census_of(*store, keys, options);
    proof.findings.add(proof.census.findings);
    ProgressLine line(fast ? "proving, without signatures" : "proving", Unit::kEntries,
                      options.quiet);
    proof.findings.add(node::audit_store(*store, proof.census, settings, line.teller()));
  } catch (const std::runtime_error& error) {  // a table that cannot be read
    proof.findings.add(error.what());
  }
  return proof;
}

}  // namespace

void start_db_log(bool quiet) {
  static const bool is_started = [quiet] {
    log::start(quiet ? log::Level::kWarn : log::Level::kInfo, log::Format::kText);
    return true;
  }();
  (void)is_started;
}

int db_stats(const DbOptions& options, bool as_json) {
  const store::Shape shape = store::StoppedStore::open(options.store)->shape();
  const auto store = open(options);
  const node::Census census = census_of(*store, shape.keys, options);
  if (as_json) {
    std::cout << message::to_json(json_of(options.store.directory, shape, census)) << '\n';
  } else {
    print(options.store.directory, shape, census);
  }
  return 0;
}

int db_verify(const DbOptions& options, bool fast) {
  const Stopwatch watch;
  const auto [shape, unreadable] = check_tables(options);
  // What cannot be read proves nothing, and ends all reading.
  const bool is_readable = unreadable.count() == 0;
  const Proof proof = is_readable ? prove(options, fast, shape.keys) : Proof{{}, unreadable};
  const auto& [census, findings] = proof;
  for (const Finding& finding : findings.kept())
    std::cout << "fault  " << finding.text() << '\n';
  const std::uint64_t faults = findings.count();
  if (findings.count() > findings.kept().size())
    std::cout << fmt::format("       and {} more\n",
                             count_text(findings.count() - findings.kept().size()));
  const node::ProcessCount total = census.total();
  std::cout << fmt::format("{}: {} processes, {} messages, {} in tables{}, {}: {}\n",
                           faults == 0 ? "verified" : "damaged",
                           count_text(census.processes.size()), count_text(total.slots),
                           bytes_text(shape.table_bytes), fast ? ", no signatures" : "",
                           watch.text(), faults == 0 ? "no fault" : count_text(faults) + " faults");
  return faults == 0 ? 0 : 1;
}

int db_compact(const DbOptions& options) {
  const Stopwatch watch;
  const auto stopped = store::StoppedStore::open(options.store);
  const std::uint64_t before = stopped->shape().table_bytes;
  {
    ProgressLine line("compacting", Unit::kBytes, options.quiet);
    stopped->compact(line.teller());
  }
  std::cout << fmt::format("compacted: {} before, {} after, {}\n", bytes_text(before),
                           bytes_text(stopped->shape().table_bytes), watch.text());
  return 0;
}

int db_backup(const DbOptions& options, const fs::path& directory) {
  const Stopwatch watch;
  const auto stopped = store::StoppedStore::open(options.store);
  ProgressLine copying("copying", Unit::kBytes, options.quiet);
  ProgressLine comparing("comparing", Unit::kEntries, options.quiet);
  const std::uint64_t entries = stopped->back_up(directory, copying.teller(), comparing.teller());
  std::cout << fmt::format("backed up: {} entries to {}, compared, {}\n", count_text(entries),
                           directory.string(), watch.text());
  return 0;
}

int db_restore(const DbOptions& options, const fs::path& backup) {
  const Stopwatch watch;
  ProgressLine copying("copying", Unit::kBytes, options.quiet);
  ProgressLine comparing("comparing", Unit::kEntries, options.quiet);
  const std::uint64_t entries =
      store::restore(backup, options.store, copying.teller(), comparing.teller());
  std::cout << fmt::format("restored: {} entries to {}, compared, {}\n", count_text(entries),
                           options.store.directory.string(), watch.text());
  std::cerr
      << "WARNING: everything that was acknowledged after this backup was made is missing. A node "
         "that runs on it\ngives the slots of those messages to other messages, signed: whoever "
         "saw "
         "the first ones has proof of two\nhistories. Run it only when nobody else has what is "
         "missing, or after importing it (aonode db import).\n";
  return 0;
}

int db_export(const DbOptions& options, const std::string& process, const fs::path& file) {
  const Stopwatch watch;
  const auto id = ProcessId::from_text(process);
  if (!process.empty() && !id)
    throw std::runtime_error("'" + process + "' is not a process id (43 characters)");
  const auto store = open(options);
  ProgressLine line("exporting", Unit::kEntries, options.quiet);
  const auto wrote = node::export_schedules(*store, id, file, line.teller());
  if (!wrote) throw std::runtime_error(wrote.error().text);
  std::cout << fmt::format("exported: {} processes, {} messages, {} other items, {}, {}\n",
                           count_text(wrote->processes), count_text(wrote->messages),
                           count_text(wrote->items), bytes_text(wrote->bytes), watch.text());
  return 0;
}

int db_import(const DbOptions& options, const fs::path& file, bool is_foreign_allowed) {
  const Stopwatch watch;
  node::ImportSettings settings;
  settings.threads = cores();
  if (!is_foreign_allowed) {
    settings.adoption.schedulers = schedulers_of(options);
    if (settings.adoption.schedulers.empty())
      throw std::runtime_error(
          "whose assignments are to be taken over? --config names this node's own key, "
          "--scheduler ADDRESS another, --foreign-scheduler allows anyone's");
  }
  // A new node may begin with what others have.
  const fs::path& directory = options.store.directory;
  const bool is_new = !fs::exists(directory) || fs::is_empty(directory);
  const auto store = is_new ? store::Store::open(options.store) : open(options);
  ProgressLine line("importing", Unit::kEntries, options.quiet);
  const auto read = node::import_schedules(*store, file, settings, line.teller());
  if (!read) throw std::runtime_error(file.string() + ": " + read.error().text);
  std::cout << fmt::format(
      "imported: {} messages and {} other items, of {} processes; {} were here already, {}\n",
      count_text(read->messages), count_text(read->items), count_text(read->processes),
      count_text(read->already_here), watch.text());
  return 0;
}

}  // namespace ao::app
