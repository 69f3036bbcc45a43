// Where a process's program comes from: an item kept on this node, or the built-in runtime.
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>

#include "ao/process/records.hpp"

namespace ao::node {

class Modules {
 public:
  Modules(const process::Records& records, std::vector<std::string> builtin)
      : records_(records), builtin_(builtin.begin(), builtin.end()) {}

  // Nullopt: the built-in runtime alone, for an empty name too. Errors: kInvalid "module-unknown".
  Result<std::optional<message::DataItem>> find(const std::string& module) const;

 private:
  const process::Records& records_;
  std::set<std::string> builtin_;
};

}  // namespace ao::node
