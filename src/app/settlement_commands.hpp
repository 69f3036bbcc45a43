// `aonode settlement`: what of the schedules is on Arweave, proving it, and rebuilding from there.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "client.hpp"
#include "db_commands.hpp"

namespace ao::app {

struct RetrievalOptions {
  std::string process;
  std::string gateway;              // its URL
  std::set<Address> schedulers;     // whose assignments count; none: of whom the process names
  bool all_bundles = false;         // of those schedulers, also those that do not name the process
  bool is_alone = false;            // of verify: compared with no node
  bool is_foreign_allowed = false;  // of recover: as db_import
  bool quiet = false;
};

// Each prints and returns the exit code; throws std::runtime_error.

// The backlog; or where a message, process or module is.
int settlement_status(const ClientOptions& node, const std::string& id);
// Bundles that are not confirmed; or all from a number on.
int settlement_list(const ClientOptions& node, const std::string& from);
// A number, or "all".
int settlement_retry(const ClientOptions& node, const std::string& bundle);

// Fetches a process from a gateway and proves it; compares it with what the node has.
int settlement_verify(const ClientOptions& node, const RetrievalOptions& options);

// The same into the store of a node that is stopped, or a new one.
int settlement_recover(const DbOptions& db, const RetrievalOptions& options);

}  // namespace ao::app
