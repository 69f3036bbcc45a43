// What an operator can choose of the requests that this node makes for others; what each option is
// for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "ao/routing/routes.hpp"

namespace ao::node {

struct RelaySettings {
  std::vector<std::string> allow;  // prefixes of URLs
  std::chrono::milliseconds timeout{30'000};
  std::size_t answer_bytes_max = 1 << 20;
  std::size_t in_flight_max = 64;
  std::size_t requests_per_second = 5;  // of one client
  std::filesystem::path ca_file;
  routing::Routes routes;  // of the file
};

}  // namespace ao::node
