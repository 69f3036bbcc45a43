// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <map>
#include <random>
#include <set>

#include "ao/base/log.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"
#include "torture/replaying_process.hpp"

int main(int argc, char** argv) {
  using ao::test::Options;
  struct Programme {
    void (*run)(const Options&, ao::test::Checks&);
    std::size_t count;  // when none is given
    std::set<std::string> sabotages;
  };
  const std::map<std::string, Programme> programmes{
      {"kill", {ao::test::run_kill, 20, {"drop-wal", "lose-ack"}}},
      {"cron", {ao::test::run_cron, 10, {"lose-tick", "double-tick"}}},
      {"network", {ao::test::run_network, 20, {"lose-transfer", "double-transfer"}}},
      {"hostile-peers", {ao::test::run_hostile_peers, 1, {"lose-note", "stall", "grow"}}},
      {"duplicates", {ao::test::run_duplicates, 2'000, {"double-slot"}}},
      {"settlement",
       {ao::test::run_settlement, 10, {"never-again", "lose-bundle", "double-bundle"}}},
      {"settlement-nodes",
       {ao::test::run_settlement_nodes,
        10,
        {"never-again", "lose-bundle", "double-bundle", "pay-twice"}}},
      {"power-loss", {ao::test::run_power_loss, 2'000, {"no-sync", "forget-directory"}}},
      {"nth-failure", {ao::test::run_nth_failure, 0, {"swallow"}}},
      {"corruption", {ao::test::run_corruption, 500, {"start-anew"}}},
      {"sync-before-ack", {ao::test::run_sync_before_ack, 200, {"drop-syncs"}}},
      {"hostile-lua", {ao::test::run_hostile_lua, 2, {"forget-rollback", "one-thread"}}},
      {"http-abuse", {ao::test::run_http_abuse, 1, {"loose-limits", "stall", "hold", "smuggle"}}},
      {"overload", {ao::test::run_overload, 3, {"stall", "wait-for-all", "lose-ack"}}},
      {"determinism", {ao::test::run_determinism, 300, {"leak-state", "leak-outcome"}}}};
  Options options;
  options.seed = std::random_device()();
  options.node = ao::test::node_beside_this_program();
  std::string programme;
  CLI::App app("Breaks a node on purpose and checks what it promised", "torture");
  std::set<std::string> names{"replay"};
  for (const auto& [name, ignored] : programmes)
    names.insert(name);
  app.add_option("PROGRAMME", programme)->required()->check(CLI::IsMember(names));
  app.add_option("--count", options.count,
                 "Faults, runs or schedules; each programme has a default");
  app.add_option("--seed", options.seed, "Chooses what is sent and when the faults happen");
  app.add_option("--clients", options.clients, "Clients at once")->capture_default_str();
  app.add_option("--node", options.node, "The aonode binary");
  app.add_option("--other", options.other, "Of determinism: another build of this program");
  // Not in the help: it exists to show that the programme can fail.
  app.add_option("--break", options.sabotage, "")->group("");
  // What `determinism` asks its children for.
  app.add_option("--schedules", options.schedules, "")->group("");
  app.add_option("--manner", options.manner, "")->group("");
  CLI11_PARSE(app, argc, argv);
  if (programme == "replay") {
    ao::test::replay_file(options.schedules, options.manner);
    return 0;
  }
  const Programme& chosen = programmes.at(programme);
  if (options.count == 0) options.count = chosen.count;
  if (!options.sabotage.empty() && !chosen.sabotages.contains(options.sabotage)) {
    fmt::print(stderr, "--break {} is not of {}\n", options.sabotage, programme);
    return 2;
  }

  ::signal(SIGPIPE, SIG_IGN);
  // A store in this process says on each failure of its disk what the programme checks anyway.
  ao::log::start(ao::log::Level::kOff, ao::log::Format::kText);
  fmt::print("torture {} --count {} --seed {} --clients {}{}\n", programme, options.count,
             options.seed, options.clients,
             options.sabotage.empty() ? "" : " --break " + options.sabotage);
  ao::test::Checks checks;
  try {
    chosen.run(options, checks);
  } catch (const std::exception& error) {
    checks.expect("the programme runs to its end", false, error.what());
  }
  return checks.summarise() ? 0 : 1;
}
