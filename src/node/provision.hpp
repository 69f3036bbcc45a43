// Modules that spawns name and that are not here: brought here from the gateways, durably, before
// the spawn gets its slot.
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
  Provision(store::Store& store, const Modules& modules, NetworkItems& network)
      : store_(store), modules_(modules), network_(network) {}

  bool has(const std::string& module) const { return modules_.find(module).has_value(); }

  // When it returns, Modules::find has it, also after a restart. `asker` as of NetworkItems.
  // Errors: kInvalid "module-unknown", with what the gateways say; temporary ones of NetworkItems;
  // those of the store.
  Task<Result<>> provide(std::string module, Bytes asker);

 private:
  Task<Result<>> keep(message::Admitted module);

  store::Store& store_;
  const Modules& modules_;
  NetworkItems& network_;
};

}  // namespace ao::node
