// A message to try out: evaluated, and never scheduled.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/message/block.hpp"
#include "ao/message/data_item.hpp"

namespace ao::message {

// What somebody says of a message that nobody signed, and what is believed because nothing comes of
// it.
struct Claim {
  Bytes id;
  Bytes owner;
  Bytes from;
  Bytes anchor;
};

struct Trial {
  DataItem message;
  Tags more = {};                   // added to its own
  std::optional<Claim> claim = {};  // instead of what the signature says
  Block block = {};                 // the last one
};

}  // namespace ao::message
