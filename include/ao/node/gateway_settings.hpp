// What an operator can choose of gateways; what each option is for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace ao::node {

struct GatewaySettings {
  std::vector<std::string> urls;  // none: nothing is asked of the network
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds block_interval{60'000};  // 0: assignments name no block
  std::size_t fetches_per_second = 5;                // of one client, or one process
  std::size_t items_bytes_max = 0;                   // 0: no items for clients
  std::filesystem::path ca_file;
};

}  // namespace ao::node
