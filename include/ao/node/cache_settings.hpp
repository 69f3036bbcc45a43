// What an operator can choose of the cache; what each option is for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ao::node {

struct CacheSettings {
  std::vector<std::string> writers;  // addresses beside the operator's
  std::size_t message_bytes_max = 1 << 20;
  std::size_t bytes_max = std::size_t{1} << 30;  // of all that was written
};

}  // namespace ao::node
