// What an operator can choose of names; what each option is for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ao::node {

struct NameSettings {
  std::vector<std::string> local;        // "NAME=VALUE"
  std::filesystem::path process_folder;  // NAME.lua of each node process; empty: there are none
};

// Letters, digits and `-_.`, 1 to 64 of them, the first a letter or digit. And no id.
bool is_name(std::string_view text);

}  // namespace ao::node
