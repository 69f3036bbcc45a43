// Each limit of the HTTP server, met and exceeded by one, on connections of a client that says any
// bytes. Every row is a counted check.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "torture/checks.hpp"

namespace ao::test {

// Times are as short as the settings allow, sizes and counts are the defaults, except for the
// connections in all.
std::map<std::string, std::string> abuse_settings();

// Sizes and counts: what reaches a limit is answered, what goes beyond it is refused and closed.
void check_sizes(std::uint16_t port, Checks& checks);

// What could be read in two ways: one refusal, then the end, whatever follows.
void check_ambiguities(std::uint16_t port, Checks& checks);

// JSON as routes take it: nesting and keys that stand twice.
void check_json(std::uint16_t port, Checks& checks);

// Slow headers, slow bodies, idle and endless connections; all at once.
void check_times(std::uint16_t port, Checks& checks);

// Connections of one address, and in all.
void check_connections(std::uint16_t port, Checks& checks);

}  // namespace ao::test
