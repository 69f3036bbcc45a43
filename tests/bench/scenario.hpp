// A benchmark: what it measured, as ratios for machines and as text for people.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ao::bench {

struct Ratio {
  std::string name;
  double value = 0;
  std::optional<double> target;
  bool lower_is_better = true;
};

struct Options {
  std::filesystem::path node;
  std::size_t repetitions = 5;
  std::size_t messages = 1'000;  // of one repetition
  std::size_t connections = 32;
  std::size_t processes = 100'000;  // of scale's store
  std::filesystem::path store;      // where scale's stores stay; empty: nowhere
};

// Prints its table and returns its ratios. Throws std::runtime_error when it cannot measure.
std::vector<Ratio> measure_messages(const Options& options);
std::vector<Ratio> measure_decode(const Options& options);
std::vector<Ratio> measure_machine(const Options& options);
std::vector<Ratio> measure_append(const Options& options);
std::vector<Ratio> measure_reads(const Options& options);
std::vector<Ratio> measure_delivery(const Options& options);
std::vector<Ratio> measure_scale(const Options& options);

double median(std::vector<double> values);

}  // namespace ao::bench
