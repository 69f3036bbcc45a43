// After a failure of the disk RocksDB's background threads wait a second before they look again,
// with usleep. This program makes the disk fail thousands of times, so its usleep is a short one.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

extern "C" int usleep(useconds_t microseconds) {
  constexpr useconds_t kMost = 1'000;
  std::this_thread::sleep_for(std::chrono::microseconds(std::min(microseconds, kMost)));
  return 0;
}
