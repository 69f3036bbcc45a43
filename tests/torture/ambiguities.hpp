// Requests that two readers could take for different ones (RFC 9112 §11.2), and what is malformed.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace ao::test {

struct Ambiguity {
  std::string name;
  std::string wire;  // as one reader sees it; what follows is another request, or not
  int status = 400;
};

// Each ends the connection, with one answer. `target` is what they ask for.
std::vector<Ambiguity> ambiguities(const std::string& target);

}  // namespace ao::test
