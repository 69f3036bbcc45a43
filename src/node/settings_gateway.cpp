// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

namespace {

using Duration = std::chrono::milliseconds;

}  // namespace

std::vector<Option> gateway_options() {
  return {
      {"gateway", "urls",
       url_list([](Settings& s) -> std::vector<std::string>& { return s.gateway.urls; }),
       "Arweave gateways, each http[s]://HOST[:PORT][/PATH], in the order in which they are "
       "asked:\n"
       "for modules of spawns that are not here, for the network's last block, and whether what\n"
       "was settled is in a block. Empty: the node works with what it has, and settlement asks "
       "the\n"
       "bundlers, or the Arweave nodes alone."},
      {"gateway", "request_timeout",
       duration([](Settings& s) -> Duration& { return s.gateway.request_timeout; }, {10, kHour}),
       "How long one request may take, with the item in the answer."},
      {"gateway", "block_interval",
       duration([](Settings& s) -> Duration& { return s.gateway.block_interval; }, {0, 24 * kHour}),
       "How often the last block is asked for, which assignments name from then on. 0: never, and\n"
       "their Block-Height is 0. Programs that bring their own compute see other units of time\n"
       "with blocks than without (docs/gateway.md)."},
      {"gateway", "fetches_per_second",
       integer([](Settings& s) -> std::size_t& { return s.gateway.fetches_per_second; },
               {1, 1'000'000}),
       "Items that one client, or one process by what it spawns, may have looked for, before 429;\n"
       "four times as many at once after a pause."},
      {"gateway", "items_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.gateway.items_bytes_max; },
            {0, 1024 * kGiB}),
       "Disk for items that clients ask for by id (GET /ID) and the gateways have; the one asked\n"
       "for least recently goes. 0: such items are not fetched, and answered with 404."},
      {"gateway", "ca_file",
       path([](Settings& s) -> std::filesystem::path& { return s.gateway.ca_file; }, true),
       "A PEM file: authorities that are believed beside the system's. Empty: none."},
  };
}

}  // namespace ao::node
