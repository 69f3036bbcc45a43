// What an operator can choose of settlement; what each option is for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ao/settlement/course.hpp"
#include "ao/settlement/purse.hpp"

namespace ao::node {

struct SettlementSettings {
  std::vector<std::string> bundler_urls;  // of these or
  std::vector<std::string> node_urls;     // of these there are none; of neither: nothing is settled
  std::filesystem::path wallet_file;      // pays for what nodes take
  settlement::SpendLimits spending;
  settlement::Rules rules;
  std::chrono::milliseconds confirm_interval{60'000};
  std::chrono::milliseconds request_timeout{60'000};
  std::chrono::milliseconds backlog_age_warn{6 * 3'600'000ll};
  std::filesystem::path ca_file;

  bool settles() const { return !bundler_urls.empty() || !node_urls.empty(); }
};

}  // namespace ao::node
