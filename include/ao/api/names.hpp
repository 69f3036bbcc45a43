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

class Names {
 public:
  virtual ~Names() = default;

  virtual std::optional<Bytes> local_name(BytesView name) const = 0;

  // Durable when it answers; replaces what the name stood for. Errors: kInvalid "name-malformed",
  // "name-value" (1 to 1,024 bytes of text); kConflict "name-fixed" for one of the settings; those
  // of the store.
  virtual Task<Result<>> register_name(Bytes name, Bytes value) = 0;

  // Errors: kInvalid "name-malformed"; kNotFound "name-unknown" when there is no such program, or
  // it was never spawned and must not be; those of scheduling a spawn.
  virtual Task<Result<ProcessId>> node_process(Bytes name, bool may_spawn) = 0;
};

}  // namespace ao::api
