// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

std::vector<Option> event_options() {
  return {
      {"events", "streams_max",
       integer([](Settings& s) -> std::size_t& { return s.events.streams_max; }, {0, 1'000'000}),
       "Open streams; more are refused with 429. Each is also a connection."},
      {"events", "streams_per_address_max",
       integer([](Settings& s) -> std::size_t& { return s.events.streams_per_address_max; },
               {1, 1'000'000}),
       "Open streams of one IPv4 address or IPv6 /64 network."},
      {"events", "heartbeat",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.events.heartbeat; },
                {kSecond, kHour}),
       "How often a stream that has nothing to tell says so, with its position. Proxies cut what "
       "is\n"
       "silent for a minute."},
      {"events", "notices_max",
       integer([](Settings& s) -> std::size_t& { return s.events.notices_max; }, {1, 10'000'000}),
       "How far back the stream of the whole node can be resumed: slots and outcomes of all\n"
       "processes, 48 bytes of memory each. Streams of one process go back to slot 0."},
      {"events", "lag_max",
       integer([](Settings& s) -> std::size_t& { return s.events.lag_max; }, {1, 10'000'000}),
       "How many slots or notices a reader may be behind before it is told that it lags."},
      {"events", "await_max",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.events.await_max; },
                {kSecond, kHour}),
       "The longest timeout that a request with await=result may ask for."},
  };
}

}  // namespace ao::node
