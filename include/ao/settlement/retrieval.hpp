// The schedule of one process, gathered from bundles that others kept.
//
// Nothing is believed for being there: of assignments those count that their scheduler has signed,
// each with its message in the same bundle; whoever uses what comes of it proves chain and
// signatures (node/settlement_proof.hpp). Holds the whole process. One thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>

#include "ao/message/assignment.hpp"

namespace ao::settlement {

struct Retrieved {
  std::optional<message::DataItem> module;  // none of one that is built in, or is not there
  std::vector<message::Assignment> slots;   // 0, 1, 2, …
};

class Retrieval {
 public:
  // `schedulers`: whose assignments count; none: of whom the process's definition names.
  Retrieval(const ProcessId& process, std::set<Address> schedulers)
      : process_(process), schedulers_(std::move(schedulers)) {}

  // The data of a bundle, with bundles in it. How many slots were new. Errors: those of
  // message::read_bundle.
  Result<std::size_t> take(BytesView bundle);

  // The module that the definition names; nullopt while that is not here, or for a name.
  std::optional<MessageId> module() const;
  bool has_module() const { return module() && items_.contains(*module()); }

  // The first slot that is missing before others that are here; else nullopt.
  std::optional<Slot> gap() const;
  std::size_t slots() const { return slots_.size(); }
  std::set<Address> schedulers() const;  // those given, or else named by the definition

  // Errors: kNotFound "settlement-incomplete", naming the first slot that is missing; kConflict
  // "settlement-histories" when a scheduler has given a slot to two messages.
  Result<Retrieved> in_order() const;

 private:
  using Candidates = std::map<AssignmentId, message::Assignment>;

  const message::DataItem* spawn() const;

  ProcessId process_;
  std::set<Address> schedulers_;
  std::map<Slot, Candidates> slots_;
  std::map<MessageId, message::DataItem> items_;  // modules
};

}  // namespace ao::settlement
