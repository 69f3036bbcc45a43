// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "bench/scenario.hpp"
#include "torture/node_process.hpp"

namespace {

using ao::bench::Ratio;

nlohmann::json as_json(const std::vector<Ratio>& ratios) {
  nlohmann::json list = nlohmann::json::array();
  for (const Ratio& ratio : ratios) {
    nlohmann::json one{{"name", ratio.name},
                       {"value", ratio.value},
                       {"target", nullptr},
                       {"better", ratio.lower_is_better ? "lower" : "higher"}};
    if (ratio.target) one["target"] = *ratio.target;
    list.push_back(std::move(one));
  }
  return {{"ratios", std::move(list)}};
}

int run(const std::vector<std::string>& names, const ao::bench::Options& options,
        const std::string& json_file) {
  const std::map<std::string, std::vector<Ratio> (*)(const ao::bench::Options&)> scenarios{
      {"append", ao::bench::measure_append},     {"decode", ao::bench::measure_decode},
      {"delivery", ao::bench::measure_delivery}, {"machine", ao::bench::measure_machine},
      {"messages", ao::bench::measure_messages}, {"reads", ao::bench::measure_reads},
      {"scale", ao::bench::measure_scale}};
  std::vector<Ratio> ratios;
  for (const auto& [name, measure] : scenarios) {
    if (!names.empty() && std::ranges::find(names, name) == names.end()) continue;
    for (const Ratio& ratio : measure(options))
      ratios.push_back(ratio);
  }
  for (const Ratio& ratio : ratios)
    fmt::print("{:<34}{:>8.3f}   {} is better{}\n", ratio.name, ratio.value,
               ratio.lower_is_better ? "lower" : "higher",
               ratio.target ? fmt::format(", target {}", *ratio.target) : "");
  if (json_file.empty()) return 0;
  std::ofstream file(json_file);
  file << as_json(ratios).dump(2) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + json_file);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  ao::bench::Options options;
  options.node = ao::test::node_beside_this_program();
  std::vector<std::string> names;
  std::string json_file;
  CLI::App app("Measures what things cost, as ratios of one run", "bench");
  app.add_option("SCENARIO", names, "All by default")
      ->check(
          CLI::IsMember({"append", "decode", "delivery", "machine", "messages", "reads", "scale"}));
  app.add_option("--json", json_file, "Write the ratios here");
  app.add_option("--repetitions", options.repetitions)->capture_default_str();
  app.add_option("--messages", options.messages, "Of one repetition")->capture_default_str();
  app.add_option("--connections", options.connections)->capture_default_str();
  app.add_option("--processes", options.processes, "Of scale's store")->capture_default_str();
  app.add_option("--store", options.store, "Where scale keeps its stores, to be used again");
  app.add_option("--node", options.node, "The aonode binary");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(names, options, json_file);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
