// What names stand for on this node.
//
// A local name stands for a text, most often an id: the settings give it, or the operator registers
// it. A node process is one of this node's own, that runs a program of the operator and is spawned
// when somebody asks for it the first time. Implemented by `node`; any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/async/task.hpp"
#include "ao/base/ids.hpp"

namespace ao::api {

// What the operator orders of a local name.
struct NameOrder {
  Bytes name;
  std::optional<Bytes> value;           // nullopt: it stands for nothing any more
  std::optional<std::uint64_t> number;  // 1 and more; the greatest of this name's orders holds
};

class Names {
 public:
  virtual ~Names() = default;

  virtual std::optional<Bytes> local_name(BytesView name) const = 0;

  // Durable when it answers; replaces what the name stood for. An order that was carried out counts
  // no second time once another one came after it. Errors: kInvalid "name-malformed", "name-value"
  // (1 to 1,024 bytes of text), "name-number"; kConflict "name-fixed" for one of the settings,
  // "name-order-used"; kTooLarge "name-orders-max", "names-max"; kBusy "names-busy" while another
  // one is carried out; those of the store.
  virtual Task<Result<>> order_name(NameOrder order) = 0;

  // Errors: kInvalid "name-malformed"; kNotFound "name-unknown" when there is no such program, or
  // it was never spawned and must not be; those of scheduling a spawn.
  virtual Task<Result<ProcessId>> node_process(Bytes name, bool may_spawn) = 0;
};

}  // namespace ao::api
