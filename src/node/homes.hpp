// Which scheduler has a process that is not on this node, and who has a module.
//
//   w process → the address of its scheduler
//
// A process's own definition says it, signed by its owner: whichever peer has it may be asked for
// it, and behind them the gateways, and none is believed otherwise. What was found once stays true.
// Any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

#include "network_items.hpp"
#include "peering.hpp"

namespace ao::node {

class Homes {
 public:
  Homes(store::Store& store, Accept& accept, Peering& peering, NetworkItems& network)
      : store_(store), accept_(accept), peering_(peering), network_(network) {}

  // Whether a message for it may have somewhere to go. Any thread.
  bool may_be_elsewhere(const ProcessId& process) const;

  // The node that a spawn is for, by the value of its tag Scheduler: nullopt when that names this
  // one, or nobody who has said where he answers. Any thread.
  std::optional<Address> of_spawn(std::string_view schedulers) const;

  // Nullopt when it was not found yet. Any thread.
  std::optional<Address> known(const ProcessId& process) const { return known(store_, process); }
  static std::optional<Address> known(const store::Store& store, const ProcessId& process);
  static void write(const ProcessId& process, const Address& home, store::Batch& batch);

  // Asks one after the other, and nobody any more when that took longer than `patience`. Errors:
  // kNotFound "process-nowhere" when every node of peers.urls says that it does not know the
  // process, and none of a few others that were asked does; kUnavailable "peers-silent" when one of
  // the former did not answer. Gateways that do not answer are no reason to wait: most of what is
  // looked for is a wallet.
  Task<Result<Address>> find(ProcessId process,
                             std::chrono::milliseconds patience = std::chrono::minutes(10));

  // An item of data that a node of peers.urls has; nullopt when none that answers in time does.
  // Errors: kBusy "peers-busy".
  Task<Result<std::optional<message::Admitted>>> find_data(MessageId id);

 private:
  using Absences = std::unordered_map<ProcessId, std::chrono::steady_clock::time_point>;

  Task<Result<std::optional<Address>>> ask(Address peer, ProcessId process);
  Task<Result<std::optional<message::Admitted>>> fetch(Address peer, MessageId id);
  Task<std::optional<message::Admitted>> fetch_data(MessageId id);
  void note_absence(const ProcessId& id);
  Task<std::optional<Address>> ask_gateways(ProcessId process);
  std::optional<Address> home_in(const message::Admitted& definition, const Address& peer) const;
  Task<Result<Address>> keep(ProcessId process, Address home);

  store::Store& store_;
  Accept& accept_;
  Peering& peering_;
  NetworkItems& network_;
  async::Guarded<Absences> absent_until_;  // modules too, by the same bytes
  std::atomic<std::size_t> searches_ = 0;  // for data
};

}  // namespace ao::node
