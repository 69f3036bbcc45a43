// [[hooks]] of the file, and what hooks and payment need of each other.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "settings_kind.hpp"

namespace ao::node {

using HookFields = std::vector<std::pair<std::string, Given>>;

// One more hook, behind those that there are.
Complaint put_hook(const HookFields& fields, Settings& settings);

std::vector<std::string> complaints_of_payment(const Settings& settings);

// What stands of them in config/node.toml.
std::string hooks_example();

}  // namespace ao::node
