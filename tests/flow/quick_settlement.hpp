// Settlement at the pace of a test: a bundle at once, two blocks, looked for all the time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/node/settlement_settings.hpp"

namespace ao::test {

inline void settle_quickly(node::SettlementSettings& settlement) {
  using namespace std::chrono_literals;
  settlement.rules.bundle_age_max = 20ms;
  settlement.rules.confirmations = 2;
  settlement.confirm_interval = 20ms;
  settlement.rules.resend_after = 300ms;
  settlement.request_timeout = 1s;
}

}  // namespace ao::test
