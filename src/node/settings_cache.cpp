// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

std::vector<Option> cache_options() {
  return {
      {"cache", "writers",
       account_list([](Settings& s) -> std::vector<std::string>& { return s.cache.writers; }),
       "Addresses that may write with POST /~cache@1.0/write, beside the operator, who is who has\n"
       "the node's key. What they write is kept for good."},
      {"cache", "message_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.cache.message_bytes_max; }, {kKiB, kGiB}),
       "The largest message that may be written. Also http.body_bytes_max and\n"
       "admission.data_bytes_max hold."},
      {"cache", "bytes_max",
       size([](Settings& s) -> std::size_t& { return s.cache.bytes_max; }, {0, 1024 * kGiB}),
       "All that was written, together; more is refused."},
  };
}

}  // namespace ao::node
