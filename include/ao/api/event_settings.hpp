// What an operator can choose of live events. A plain value; what each option is for stands in
// config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>

namespace ao::api {

struct EventSettings {
  std::size_t streams_max = 1'000;
  std::size_t streams_per_address_max = 64;  // IPv6 addresses count by /64
  std::size_t notices_max = 65'536;          // of all processes, to resume the node's stream from
  std::size_t lag_max = 1'000;               // slots or notices that a live stream is behind
  std::chrono::milliseconds heartbeat{15'000};
  std::chrono::milliseconds await_max{120'000};
};

}  // namespace ao::api
