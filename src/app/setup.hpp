// Commands that touch only this machine's files: making a node's folder, checking it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ao/node/settings.hpp"

namespace ao::app {

// A folder with node.toml and a new Ed25519 key; overwrites nothing. Prints the address and what to
// do next. Throws std::runtime_error.
int init(const std::filesystem::path& folder);

// What only starting would tell: the key's file, those of TLS, the data folder. Prints each
// finding.
int check(const node::Settings& settings);

std::string listening(const http::ServerSettings& http);  // where, for a person

}  // namespace ao::app
