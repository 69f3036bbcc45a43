// The wallet that pays Arweave nodes, as the settings name it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ao/crypto/key.hpp"
#include "ao/node/settlement_settings.hpp"

namespace ao::node {

// Nullptr where no nodes are named. Errors: those of crypto::Key::load; "wallet-type" for a key
// that is no RSA one, since nodes believe no other.
Result<std::unique_ptr<crypto::Key>> load_wallet(const SettlementSettings& settings);

}  // namespace ao::node
