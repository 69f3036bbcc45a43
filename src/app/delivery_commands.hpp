// `aonode trace` and `aonode dead-letters`: what became of messages, on one node and on others.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client.hpp"

namespace ao::app {

struct TraceOptions {
  std::string message;
  std::size_t depth = 8;  // of messages that come of messages
};

// Each prints and returns the exit code; throws std::runtime_error with the node's own words.

int trace(const ClientOptions& node, const TraceOptions& options);

// Lists them; with `retry`, SENDER/SLOT/INDEX or "all", sends them once more.
int dead_letters(const ClientOptions& node, const std::string& retry);

}  // namespace ao::app
