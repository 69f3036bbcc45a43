// What hostile clients do to an HTTP server, each kind for a while.
//
// Called from one thread at a time. A flood ends with all its connections closed.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace ao::test {

struct Arena {
  using Clock = std::chrono::steady_clock;

  std::uint16_t port = 0;
  std::mt19937_64& random;
  std::vector<std::string> valid_requests;   // of which garbage is made
  std::function<void()> at_the_height = {};  // called once a flood holds all that it is to hold
  std::vector<std::string> complaints = {};  // of answers that no request may get
};

struct Flood {
  std::string name;
  std::size_t (*run)(Arena& arena, Arena::Clock::time_point end);  // how many things it did
};

const std::vector<Flood>& floods();

// The request with some of its bytes changed, moved, doubled or gone.
std::string mutated(const std::string& request, std::mt19937_64& random);

}  // namespace ao::test
