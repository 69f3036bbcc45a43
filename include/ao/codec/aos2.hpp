// application/aos-2 and the JSON of legacy schedulers (SU): scheduled messages for older clients,
// and the message that a client asks to try out (dry run).
//
// Owners are addresses: EIP-55 for Ethereum keys, in an SU's JSON base64url(SHA-256(key)) for all.
// `From` repeats what the item's tag From-Process says, whoever signed: it is for showing. Data
// that is not UTF-8 is written in base64url, with `Data-Encoding: base64url` beside it, and as null
// by an SU; an anchor that is not UTF-8 in base64url. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/message/assignment.hpp"
#include "ao/message/value.hpp"

namespace ao::codec {

// {Id, Anchor, Owner, From, Target, Tags, Data, Signature}
message::Value aos2_message(const message::DataItem& item);

// The same of a scheduled message, with {Timestamp, Block-Height, Nonce, Epoch, Hash-Chain, Cron}.
message::Value aos2_scheduled(const message::Assignment& assignment);

struct Aos2Page {
  ProcessId process;
  bool has_next_page = false;
  Timestamp timestamp;  // of the answer
  std::uint64_t block_height = 0;
};

// {edges: [{cursor: slot, node: {message, assignment}}], page_info}
message::Value aos2_page(std::span<const message::Assignment> assignments, const Aos2Page& page);

// {message, assignment} with {id, owner: {address, key}, data, tags, signature, anchor, target}.
message::Value su_node(const message::Assignment& assignment);

enum class SuCursor { kTimestamp, kNonce };

// {edges: [{cursor: text, node}], page_info: {has_next_page}}
message::Value su_page(std::span<const message::Assignment> assignments, bool has_next_page,
                       SuCursor cursor);

// A message that somebody claims was sent. Nothing of it is signed.
struct ClaimedMessage {
  message::Draft draft;  // an anchor of any length: `DataItem::sign` takes 32 bytes only
  Bytes id;
  Bytes owner;
  Bytes from;         // what it says, else its tag From-Process, else the owner
  message::Map more;  // other fields, under keys in normal case
};

// Reads the form of aos2_message; every field may be absent. Errors: "json-malformed";
// "aos2-message" for anything but an object; "aos2-field" for one that stands twice without case,
// or is no string; "aos2-target", "aos2-tags", "aos2-data".
Result<ClaimedMessage> read_aos2_message(std::string_view json);

}  // namespace ao::codec
