// What the runtime is told of a process and of a message: facts that the node has verified.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/assignment.hpp"
#include "ao/message/definition.hpp"
#include "ao/message/trial.hpp"
#include "ao/message/value.hpp"

namespace ao::execution {

message::Value boot_argument(const message::Definition& definition,
                             const std::optional<message::DataItem>& module);

message::Value slot_argument(const message::Definition& definition,
                             const message::Assignment& assignment);

message::Value dry_run_argument(const message::Definition& definition, const message::Trial& trial,
                                Timestamp now, Slot next);

}  // namespace ao::execution
