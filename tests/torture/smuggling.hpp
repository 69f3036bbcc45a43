// Requests hidden in other requests, sent through a reverse proxy that other clients share.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "torture/cast.hpp"
#include "torture/programme.hpp"

namespace ao::test {

// Each hidden request pushes a message of its own to `process`, whose messages must be those of the
// requests that the proxy passed on; and after each, another client of the proxy must get the
// answers to what it asked. Sabotage: "smuggle" (one gets through).
void check_smuggling(std::uint16_t node_port, const std::filesystem::path& node_socket,
                     const std::filesystem::path& folder, const ProcessId& process,
                     const Options& options, Checks& checks);

}  // namespace ao::test
