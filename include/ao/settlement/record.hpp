// A bundle of what was scheduled, on its way to Arweave, and how far it is.
//
// The bundle itself is not kept: its spans name entries of the shards' logs, which never change, so
// it can be made again, and the signature beside them makes it the same bytes under the same id.
//
// Values, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/base/clock.hpp"
#include "ao/base/ids.hpp"
#include "ao/crypto/signature.hpp"
#include "ao/settlement/envelope.hpp"
#include "ao/store/shard_logs.hpp"

namespace ao::settlement {

// Entries [from, end) of a shard's log.
struct Span {
  store::Shard shard;
  std::uint64_t from = 0;
  std::uint64_t end = 0;

  bool operator==(const Span&) const = default;
};

enum class State {
  kMade,       // signed, durable, and nowhere else
  kSent,       // given to a bundler, which may have it
  kAccepted,   // a bundler says that it has it
  kConfirmed,  // in a block, as deep as the settings want
};
std::string_view name_of(State state);

struct Record {
  std::uint64_t number = 0;  // 0, 1, 2, …: in the order in which they are made
  MessageId id;              // of the item that is sent
  crypto::SignatureType type{};
  Bytes owner;
  Bytes signature;
  std::vector<Span> spans;
  std::vector<MessageId> items;  // that are not scheduled: modules
  std::uint64_t messages = 0;    // each with its assignment
  std::uint64_t bytes = 0;       // of the item that is sent
  Timestamp oldest;              // when the first of them was scheduled
  Timestamp made;

  State state = State::kMade;
  Timestamp changed;         // when it came into this state, or was last sent
  std::uint64_t sends = 0;   // how often it was sent
  std::string bundler;       // who accepted it
  std::uint64_t height = 0;  // of its block; 0: not known
  std::string reason;        // why the last attempt failed; empty: it did not
  // When it goes to Arweave nodes: the transactions around it. The last is the one that is sent;
  // those before are gone, and are looked for all the same.
  std::vector<Envelope> envelopes;

  bool operator==(const Record&) const = default;
};

// As table `g` keeps it; the number is the key. Errors: "settlement-damaged".
Bytes to_bytes(const Record& record);
Result<Record> record_in(std::uint64_t number, BytesView value);

}  // namespace ao::settlement
