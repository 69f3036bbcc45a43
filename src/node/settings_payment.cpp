// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

std::vector<Option> payment_options() {
  return {
      {"payment", "pricing",
       text([](Settings& s) -> std::string& { return s.gate.payment.pricing; }),
       "Who says what a request costs: simple-pay@1.0, a fixed price; faff@1.0, nothing for the\n"
       "addresses of allow, and no others are served; or a path on this node that gives a whole\n"
       "number, or infinity for what is not served. Empty: nothing costs anything. It is asked by "
       "a\n"
       "hook, device = \"p4@1.0\"."},
      {"payment", "ledger", text([](Settings& s) -> std::string& { return s.gate.payment.ledger; }),
       "Where balances are: simple-pay@1.0, in this node's store; or the id of a process on this\n"
       "node, which is charged by messages of this node's key (docs/payment.md)."},
      {"payment", "price",
       integer([](Settings& s) -> std::size_t& { return s.gate.payment.price; },
               {0, 1'000'000'000'000}),
       "Of simple-pay@1.0, in the smallest unit, for each message that a request stands for: its\n"
       "base and each step of its path, so that GET /~simple-pay@1.0/balance costs it twice."},
      {"payment", "allow",
       list([](Settings& s) -> std::vector<std::string>& { return s.gate.payment.allow; }),
       "Addresses that faff@1.0 serves."},
      {"payment", "free_routes",
       list([](Settings& s) -> std::vector<std::string>& { return s.gate.payment.free_routes; }),
       "Paths that cost nothing, and that faff@1.0 asks nobody for: each \"/~p4@1.0/balance\", or "
       "with\n"
       "a method before it; a step of * is any, and any further ones at the end. \"GET /*\": "
       "reading\n"
       "is free."},
      {"payment", "pricing_timeout",
       duration(
           [](Settings& s) -> std::chrono::milliseconds& { return s.gate.payment.pricing_timeout; },
           {10, 60 * kSecond}),
       "How long a path of pricing may take, or a process that is the ledger to be evaluated; "
       "then\n"
       "the request is refused."},
      {"payment", "history_max",
       integer([](Settings& s) -> std::size_t& { return s.gate.payment.history_max; },
               {10, 1'000'000}),
       "Payments of one account that are kept, about 300 bytes each. Of an older one it is "
       "forgotten\n"
       "that what was signed for it has paid."},
  };
}

}  // namespace ao::node
