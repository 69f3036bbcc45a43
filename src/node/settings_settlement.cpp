// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

namespace {

using Duration = std::chrono::milliseconds;

}  // namespace

std::vector<Option> settlement_options() {
  return {
      {"settlement", "bundler_urls",
       url_list([](Settings& s) -> std::vector<std::string>& { return s.settlement.bundler_urls; }),
       "Bundlers, each http[s]://HOST[:PORT][/PATH], to which POST URL/tx gives an item: the "
       "first\n"
       "that takes it. Empty: nothing is settled, and processes are on this node's disk alone."},
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
  };
}

}  // namespace ao::node
