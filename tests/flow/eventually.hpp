// Waiting for what comes by itself.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

namespace ao::test {

// Whether it came to hold, within half a minute.
template <class Holds>
bool eventually(Holds holds) {
  for (int i = 0; i < 3'000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace ao::test
