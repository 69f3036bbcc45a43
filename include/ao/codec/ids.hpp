// The ids of messages.
//
// The uncommitted id is a MAC over the message's signature base, with a key that everyone knows: it
// names content, and proves nothing. The signed id names content and signer: the id of the one
// commitment that has a committer, or the sum modulo 2^256 of several, so that their order does not
// matter. Both are the same for a message and for the same message with its children replaced by
// links to them; the bundled form has ids of its own.
//
// Pure functions, any thread. Errors are those of `to_tabm` and of the HTTP form (http_form.hpp).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/message/value.hpp"

namespace ao::codec {

// How messages within a message are taken: each as a link to it, or as they are.
enum class Form { kLinked, kBundled };

Result<MessageId> uncommitted_id(const message::Map& message, Form form = Form::kLinked);

// What the message is stored and linked under: the signed id, if it has a committer; otherwise the
// uncommitted one. Believes the commitments that it finds (`verify` in httpsig.hpp).
Result<MessageId> message_id(const message::Map& message);

// The sum modulo 2^256, big-endian.
MessageId sum_of(std::span<const MessageId> ids);

// A TABM whose maps are replaced by links to them, without the commitments of the message itself.
Result<message::Map> linked(const message::Map& tabm);

}  // namespace ao::codec
