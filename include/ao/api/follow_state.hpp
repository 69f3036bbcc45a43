// How far this node is with a process of another node that it follows. A value.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "ao/base/ids.hpp"

namespace ao::api {

struct FollowState {
  ProcessId process;
  std::string url;              // of its scheduler; empty while that is not known
  std::uint64_t slots = 0;      // taken over
  std::uint64_t evaluated = 0;  // of them
  std::uint64_t compared = 0;   // of them: their outcomes are the same there
  std::string code;             // of the reason why it is followed no more; empty: it is
  std::string reason;
};

}  // namespace ao::api
