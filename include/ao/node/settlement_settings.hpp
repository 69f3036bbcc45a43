// What an operator can choose of settlement; what each option is for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ao/settlement/course.hpp"

namespace ao::node {

struct SettlementSettings {
  std::vector<std::string> bundler_urls;  // none: nothing is settled
  settlement::Rules rules;
  std::chrono::milliseconds confirm_interval{60'000};
  std::chrono::milliseconds request_timeout{60'000};
  std::chrono::milliseconds backlog_age_warn{6 * 3'600'000ll};
  std::filesystem::path ca_file;
};

}  // namespace ao::node
