// A message that was signed over HTTP fields, enclosed in the shape of a data item, so that it is
// ordered, run, stored and shown like any other (message/data_item.hpp).
//
// Its proof is what the signer signed: a message with its commitment, or a whole request. Target,
// anchor, tags and data say the same in the words of data items: the tags are the keys, spelled as
// header fields (`From-Process`), messages within are links, and the data is key `data`, or `body`
// when there is none. A request that says neither `type` nor `target` but has a message as its
// body speaks for that message. One message has one enclosure: `verify_item` makes it again from
// the proof, and compares the bytes.
//
// Pure but for CPU time: called on the pool that checks signatures, from any number of threads.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/httpsig.hpp"

namespace ao::codec {

// What a signed request asks to be scheduled: the message that is its body, when somebody signed
// that, else the request itself. Errors: those of read_request and verify_tabm; "signature-missing"
// when nobody signed; "signers-many" when several did, since a scheduled message has one sender;
// "signature-of-answer" when the signature is of what a node answered;
// "ans104-target" and the tag limits of data items.
Result<message::DataItem> enclose(const Request& request, Timestamp now);

// The message of an enclosed item as its signer wrote it, a TABM with its commitment. Of one that
// is a whole request `verify` cannot tell the commitment from the message alone, and verify_item
// can. Errors: "item-proof".
Result<message::Map> tabm_from_enclosed(const message::DataItem& item);

// Whether the signature of an item of either kind is its owner's over all that it says. Errors:
// those of DataItem::verify and of enclose; "item-proof" when the proof says something else.
Result<> verify_item(const message::DataItem& item);

// A data item that anybody can read, with an enclosed message as its data: how one travels in a
// bundle. Who signs it says nothing. The tags are Data-Protocol, Type=Enclosed, Content-Type and
// Message, the id of what is in it; the target is that of the message.
message::DataItem wrapped(const message::DataItem& enclosed, const crypto::Key& key);

// What such an item carries, unverified; nullopt for any other item.
std::optional<message::DataItem> unwrapped(const message::DataItem& item);

}  // namespace ao::codec
