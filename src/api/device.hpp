// Devices: in whose terms a message is asked. A step of a path names a key, and a device answers
// it for the message that the step before gave.
//
// A device is a function. It answers the keys that it has; for another one it answers as
// message@1.0 does, or says that it has none ("device-unknown"). What it is asked for belongs to
// it, the inquiry to the request: it lives until the answer is there.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "asker.hpp"
#include "singleton.hpp"

namespace ao::api {

// A call whose paths within were evaluated.
struct Asking {
  Bytes path;
  Bytes device;  // as the path or the message names it; empty: message@1.0
  message::Map arguments;

  // The argument as a text, or "" when it is none.
  BytesView text(BytesView key) const;
};

// What all paths of one request may take together, those within others and of stacks too: a path
// that names itself several times would go on for ever, however deep it may go.
class StepBudget {
 public:
  static constexpr std::size_t kMax = 1'000;

  // Error kTooLarge "path-steps".
  Result<> take();

 private:
  std::size_t left_ = kMax;
};

struct Inquiry {
  Backend& backend;
  const Asker& asker;
  StepBudget& steps;
  std::size_t depth = 0;  // of paths that are evaluated for others
};

using Device = Task<Result<message::Value>> (*)(const Inquiry& inquiry, message::Value base,
                                                Asking asking);

// Nullptr for one that this node has not.
Device device_named(BytesView name);

// Error kNotFound "device-unknown".
std::unexpected<Error> no_device(BytesView device, BytesView key);

}  // namespace ao::api
