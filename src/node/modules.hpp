// Where a process's program comes from: an item kept on this node, a message scheduled here, or the
// built-in runtime.
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"

namespace ao::node {

class Modules {
 public:
  Modules(const process::Records& records, const schedule::Log& log,
          std::vector<std::string> builtin)
      : records_(records), log_(log), builtin_(builtin.begin(), builtin.end()) {}

  // Nullopt: the built-in runtime alone, for an empty name too. Errors: kInvalid "module-unknown".
  Result<std::optional<message::DataItem>> find(const std::string& module) const;

 private:
  const process::Records& records_;
  const schedule::Log& log_;
  std::set<std::string> builtin_;
};

}  // namespace ao::node
