// Many clients of a schedule at once, each of which waits for its message's slot before it sends
// the next.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/schedule/schedule.hpp"

namespace ao::bench {

constexpr std::size_t kClients = 512;  // messages on their way at any time
constexpr std::size_t kLoadDataBytes =
    1000;  // so that an item is as long as an RSA-signed transfer

double seconds_since(std::chrono::steady_clock::time_point start);

// Messages signed by the client, each for one of the processes in turn, and verified.
std::vector<message::Admitted> messages_for(const std::vector<ProcessId>& processes,
                                            std::size_t count, const crypto::Key& client,
                                            const Address& node);

// Seconds until all have their slots. Throws std::runtime_error when one is refused.
double append_all(schedule::Schedule& schedule, async::Pool& cpu,
                  std::vector<message::Admitted> messages);

}  // namespace ao::bench
