// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

std::vector<Option> relay_options() {
  return {
      {"relay", "allow",
       list([](Settings& s) -> std::vector<std::string>& { return s.relay.allow; }),
       "Where anybody may have this node send requests: beginnings of URLs, each with its scheme\n"
       "and host, and a port that is not the scheme's own; paths count by whole steps. What a "
       "name\n"
       "leads to must be public; an address that stands here as such may be private, or this\n"
       "machine's (http://127.0.0.1:6363/). Empty: relay@1.0 reaches nobody but this node's own\n"
       "results, and where the routes below lead."},
      {"relay", "timeout",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.relay.timeout; },
                {10, kHour}),
       "How long one request for somebody may take, with all the nodes that a route asks for it."},
      {"relay", "answer_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.relay.answer_bytes_max; }, {1, kGiB}),
       "The largest answer that is taken, in memory."},
      {"relay", "in_flight_max",
       integer([](Settings& s) -> std::size_t& { return s.relay.in_flight_max; }, {1, 10'000}),
       "Requests for others that may be under way, casts among them; more are refused with 429."},
      {"relay", "requests_per_second",
       integer([](Settings& s) -> std::size_t& { return s.relay.requests_per_second; },
               {1, 1'000'000}),
       "Requests that one client may have made, before 429; four times as many at once after a\n"
       "pause."},
      {"relay", "ca_file",
       path([](Settings& s) -> std::filesystem::path& { return s.relay.ca_file; }, true),
       "A PEM file: authorities that are believed beside the system's. Empty: none."},
  };
}

std::string_view routes_example() {
  return R"(
# Routes: where relay@1.0 sends paths without an origin that this node does not answer itself, by
# the first that is for them; none by default. What a route names counts as allowed above. All keys
# are told in docs/relay.md.
#
# [[routes]]
# template = "^/result/"                      # a pattern of the path
# node = { prefix = "http://127.0.0.1:6363" }
#
# [[routes]]
# template = { path = "^/graphql$", method = "POST" }
# strategy = "By-Weight"                      # All, Random, By-Weight, By-Base, Nearest
# choose = 2
# nodes = [
#   { prefix = "https://arweave.net", weight = 3 },
#   { prefix = "https://arweave-search.goldsky.com" },
# ]
)";
}

}  // namespace ao::node
