// The Arweave transaction that brings a bundle to the nodes there, its envelope.
//
// Its data is an ANS-104 bundle with one item, the bundle: so gateways find that, and all that is
// in it, under their own ids, whichever transaction brought it. A transaction names a block, its
// anchor, and no block more than 50 above that may hold it. Until then the same one is sent; when
// by then none has it, none ever will, and another is signed (docs/decisions/019).
//
// Values, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/clock.hpp"
#include "ao/settlement/transaction.hpp"

namespace ao::settlement {

inline constexpr std::uint64_t kAnchorBlocks = 50;

// What a node wants of a transaction that is made now.
struct Terms {
  Bytes anchor;
  std::uint64_t height =
      0;  // of the last block; asked after the anchor, so that it is not below it
  std::uint64_t reward = 0;  // winston

  bool operator==(const Terms&) const = default;
};

struct Envelope {
  MessageId id;
  Terms terms;
  Bytes owner;
  Bytes signature;
  Bytes data_root;
  std::uint64_t data_size = 0;
  Timestamp made;

  bool operator==(const Envelope&) const = default;
};

// The data of the envelope of a bundle. Errors: those of DataItem::parse.
Result<Bytes> envelope_data(Bytes bundle);

Envelope enclose(const Chunks& chunks, Terms terms, const crypto::Key& wallet, Timestamp now);

// The transaction again, which is the same bytes each time.
Transaction transaction_of(const Envelope& envelope);

// Whether no block above this one may hold it.
bool is_expired(const Envelope& envelope, std::uint64_t height);

// Whether none ever will: when the chain had this height a node had it in no block, and waiting for
// none; and it was so deep that no other branch can still win.
bool is_gone(const Envelope& envelope, std::uint64_t height, std::uint64_t confirmations);

}  // namespace ao::settlement
