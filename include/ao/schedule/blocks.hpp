// Where the schedule learns of the network's last block, which its assignments name.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/block.hpp"

namespace ao::schedule {

class Blocks {
 public:
  virtual ~Blocks() = default;

  // The last that is known; any thread, and it waits for nothing.
  virtual message::Block last() const = 0;
};

// Of a node that follows no chain.
class NoBlocks final : public Blocks {
 public:
  message::Block last() const override { return {}; }
};

}  // namespace ao::schedule
