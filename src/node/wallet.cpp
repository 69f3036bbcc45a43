// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/wallet.hpp"

namespace ao::node {

Result<std::unique_ptr<crypto::Key>> load_wallet(const SettlementSettings& settings) {
  if (settings.node_urls.empty()) return nullptr;
  AO_TRY(wallet, crypto::Key::load(settings.wallet_file));
  if (wallet->type() == crypto::SignatureType::kArweave) return std::move(wallet);
  return fail(ErrorKind::kInvalid, "wallet-type",
              settings.wallet_file.string() + " holds no RSA-4096 key, as Arweave wallets are");
}

}  // namespace ao::node
