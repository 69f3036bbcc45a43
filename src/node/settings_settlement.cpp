// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

namespace {

using Duration = std::chrono::milliseconds;

constexpr std::uint64_t kWinstonMost = 9'000'000'000'000'000'000;

}  // namespace

std::vector<Option> settlement_options() {
  return {
      {"settlement", "bundler_urls",
       url_list([](Settings& s) -> std::vector<std::string>& { return s.settlement.bundler_urls; }),
       "Bundlers, each http[s]://HOST[:PORT][/PATH], to which POST URL/tx gives an item: the "
       "first\n"
       "that takes it. Empty: nothing is settled, and processes are on this node's disk alone."},
      {"settlement", "node_urls",
       url_list([](Settings& s) -> std::vector<std::string>& { return s.settlement.node_urls; }),
       "Instead of bundlers: Arweave nodes, to which bundles are brought in transactions that\n"
       "wallet_file pays (GET URL/price, URL/tx_anchor; POST URL/tx, URL/chunk). Each transaction\n"
       "costs at least as much as 256 KiB: let bundle_age_max be long."},
      {"settlement", "wallet_file",
       path([](Settings& s) -> std::filesystem::path& { return s.settlement.wallet_file; }, true),
       "The Arweave wallet (an RSA-4096 JSON Web Key that its owner alone can read) that pays "
       "what\n"
       "node_urls take."},
      {"settlement", "spend_max_winston",
       integer([](Settings& s) -> std::size_t& { return s.settlement.spending.a_day; },
               {0, kWinstonMost}),
       "How much node_urls may cost within any 24 hours; 1 AR is 1000000000000 winston. When it "
       "is\n"
       "reached, /readyz says so and bundles wait. Must be set with node_urls."},
      {"settlement", "price_max_winston",
       integer([](Settings& s) -> std::size_t& { return s.settlement.spending.of_one; },
               {0, kWinstonMost}),
       "How much one transaction may cost; while it costs more its bundle waits. 0: no limit but\n"
       "spend_max_winston."},
      {"settlement", "bundle_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.settlement.rules.bundle_bytes_max; },
            {kKiB, kGiB}),
       "A bundle is made when so much waits; it has at most one message more. Bundlers have "
       "limits\n"
       "of their own."},
      {"settlement", "bundle_age_max",
       duration([](Settings& s) -> Duration& { return s.settlement.rules.bundle_age_max; },
                {10, 24 * kHour}),
       "Or when the first message has waited so long."},
      {"settlement", "confirmations",
       integer([](Settings& s) -> std::size_t& { return s.settlement.rules.confirmations; },
               {1, 1'000'000}),
       "A bundle is confirmed when its block is so deep; 1 is the last block."},
      {"settlement", "confirm_interval",
       duration([](Settings& s) -> Duration& { return s.settlement.confirm_interval; },
                {10, 24 * kHour}),
       "How often it is asked after a bundle."},
      {"settlement", "resend_after",
       duration([](Settings& s) -> Duration& { return s.settlement.rules.resend_after; },
                {100, 365 * 24 * kHour}),
       "A bundle that was accepted and is seen nowhere for so long is sent again, under the same "
       "id."},
      {"settlement", "request_timeout",
       duration([](Settings& s) -> Duration& { return s.settlement.request_timeout; }, {10, kHour}),
       "How long one request may take, with the bundle in it."},
      {"settlement", "backlog_age_warn",
       duration([](Settings& s) -> Duration& { return s.settlement.backlog_age_warn; },
                {10, 365 * 24 * kHour}),
       "When the first message that is not confirmed is so old, the log and /readyz say so."},
      {"settlement", "ca_file",
       path([](Settings& s) -> std::filesystem::path& { return s.settlement.ca_file; }, true),
       "A PEM file: authorities that are believed beside the system's. Empty: none."},
      {"retention", "results_max",
       integer([](Settings& s) -> std::size_t& { return s.retention.results_max; },
               {0, 1'000'000'000'000}),
       "Results of a process that are kept, the newest; older ones are removed when their slots "
       "are\n"
       "confirmed on Arweave, and evaluated again when they are read. 0: all are kept."},
      {"retention", "checkpoint_idle_max",
       duration([](Settings& s) -> Duration& { return s.retention.checkpoint_idle_max; },
                {0, 100 * 365 * 24 * kHour}),
       "When a process had no message for so long, and all of it is confirmed on Arweave, the "
       "image\n"
       "of its state is removed; its next message replays the schedule. 0: it is kept."},
      {"retention", "interval",
       duration([](Settings& s) -> Duration& { return s.retention.interval; }, {10, 24 * kHour}),
       "Between two looks at what may be removed."},
  };
}

}  // namespace ao::node
