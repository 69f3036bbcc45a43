// ans104@1.0: a data item as a message, and a message as a data item.
//
// Keys are the tag names in lower case, `target` (32 raw bytes), `last_tx` (the anchor) and `data`.
// Tags that are equal without case become one list. The signature becomes a commitment under the
// item's id, with the tags as they were, so that the item can be rebuilt byte for byte. The data of
// a bundle becomes a message of its items, numbered from 1.
//
// Pure functions, any thread. The signature is checked by `DataItem::verify`, or by `verify` in
// httpsig.hpp once it is a message.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/commitment.hpp"
#include "ao/message/bundle.hpp"

namespace ao::codec {

// A TABM with its commitment. Errors: those of read_bundle.
Result<message::Map> tabm_from_item(const message::DataItem& item,
                                    const message::BundleLimits& limits = {});

// The item that a commitment of the message was made of. Errors: "commitment-malformed" when the
// message has no such commitment or no longer fits it.
Result<message::DataItem> item_from_tabm(const message::Map& tabm);

// What to sign, to send the message as an item: its texts become tags, messages within become
// links. Errors: those of to_tabm; "ans104-target" and "ans104-anchor" for a value of another size.
Result<message::Draft> to_draft(const message::Map& message);

}  // namespace ao::codec
