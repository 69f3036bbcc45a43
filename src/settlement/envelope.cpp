// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/envelope.hpp"

#include <array>

#include "ao/message/bundle.hpp"

namespace ao::settlement {

Result<Bytes> envelope_data(Bytes bundle) {
  AO_TRY(item, message::DataItem::parse(std::move(bundle)));
  return message::write_bundle(std::span(&item, 1));
}

Envelope enclose(const Chunks& chunks, Terms terms, const crypto::Key& wallet, Timestamp now) {
  Envelope envelope;
  envelope.terms = std::move(terms);
  envelope.data_root = chunks.root();
  envelope.data_size = chunks.size();
  envelope.made = now;
  Transaction transaction = transaction_of(envelope);
  transaction.sign(wallet);
  envelope.id = transaction.id;
  envelope.owner = std::move(transaction.owner);
  envelope.signature = std::move(transaction.signature);
  return envelope;
}

Transaction transaction_of(const Envelope& envelope) {
  Transaction transaction;
  transaction.id = envelope.id;
  transaction.owner = envelope.owner;
  transaction.last_tx = envelope.terms.anchor;
  transaction.tags = {{"Bundle-Format", "binary"}, {"Bundle-Version", "2.0.0"}};
  transaction.reward = std::to_string(envelope.terms.reward);
  transaction.data_size = envelope.data_size;
  transaction.data_root = envelope.data_root;
  transaction.signature = envelope.signature;
  return transaction;
}

bool is_expired(const Envelope& envelope, std::uint64_t height) {
  return height >= envelope.terms.height + kAnchorBlocks;
}

bool is_gone(const Envelope& envelope, std::uint64_t height, std::uint64_t confirmations) {
  return height >= envelope.terms.height + kAnchorBlocks + confirmations;
}

}  // namespace ao::settlement
