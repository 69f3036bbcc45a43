// How much one client, or one signer, may ask for; what each option is for stands in
// config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace ao::node {

// What one client may ask to have verified.
struct ClientRateSettings {
  std::size_t verifications_per_second = 20'000;  // 0: no limit
  std::size_t verifications_burst = 20'000;
  std::size_t refused_cost = 50;
  std::size_t clients_max = 100'000;
};

// What one signer may have accepted.
struct SignerRateSettings {
  std::size_t messages_per_second = 0;  // 0: no limit
  std::size_t messages_burst = 100;
  std::size_t signers_max = 100'000;
};

}  // namespace ao::node
