// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <map>
#include <random>

#include "torture/node_process.hpp"
#include "torture/programme.hpp"

int main(int argc, char** argv) {
  using ao::test::Options;
  const std::map<std::string, void (*)(const Options&, ao::test::Checks&)> programmes{
      {"kill", ao::test::run_kill}};
  Options options;
  options.seed = std::random_device()();
  options.node = ao::test::node_beside_this_program();
  std::string programme;
  CLI::App app("Breaks a node on purpose and checks what it promised", "torture");
  app.add_option("PROGRAMME", programme)->required()->check(CLI::IsMember(programmes));
  app.add_option("--count", options.count, "Faults")->capture_default_str();
  app.add_option("--seed", options.seed, "Chooses what is sent and when the faults happen");
  app.add_option("--clients", options.clients, "Clients at once")->capture_default_str();
  app.add_option("--node", options.node, "The aonode binary");
  app.add_option("--break", options.sabotage, "")
      ->check(CLI::IsMember({"drop-wal", "lose-ack"}))
      ->group("");  // not in the help: it exists to show that the programme can fail
  CLI11_PARSE(app, argc, argv);

  ::signal(SIGPIPE, SIG_IGN);
  fmt::print("torture {} --count {} --seed {} --clients {}{}\n", programme, options.count,
             options.seed, options.clients,
             options.sabotage.empty() ? "" : " --break " + options.sabotage);
  ao::test::Checks checks;
  try {
    programmes.at(programme)(options, checks);
  } catch (const std::exception& error) {
    checks.expect("the programme runs to its end", false, error.what());
  }
  return checks.summarise() ? 0 : 1;
}
