// Modules that spawns name and that are not here: brought here from the nodes of peers.urls or from
// the gateways, durably, before the spawn gets its slot.
//
// What is here is found without asking anybody. Any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules.hpp"
#include "network_items.hpp"

namespace ao::node {

class Provision {
 public:
  // Looks for an item of data at other nodes; nullopt when they have it not.
  using AskPeers = std::function<Task<Result<std::optional<message::Admitted>>>(MessageId)>;

  Provision(store::Store& store, const Modules& modules, NetworkItems& network, AskPeers ask_peers)
      : store_(store), modules_(modules), network_(network), ask_peers_(std::move(ask_peers)) {}

  bool has(const std::string& module) const { return modules_.find(module).has_value(); }

  // When it returns, Modules::find has it, also after a restart. `asker` as of NetworkItems.
  // Errors: kInvalid "module-unknown", with what the gateways say; temporary ones of NetworkItems
  // and of Homes::find_data; those of the store.
  Task<Result<>> provide(std::string module, Bytes asker);

 private:
  Task<Result<>> keep(message::Admitted module, bool is_settled);

  store::Store& store_;
  const Modules& modules_;
  NetworkItems& network_;
  const AskPeers ask_peers_;
};

}  // namespace ao::node
