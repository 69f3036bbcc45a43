// What named signers write to this node beside what is scheduled (docs/cache.md). A part of
// Backend; any executor of the net pool.
//
// What is written is a signed item, or a message of a signed request, and is read as any other
// item that is here. It is kept for good, and never settled.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/submission.hpp"
#include "ao/async/task.hpp"

namespace ao::api {

struct Cached {
  MessageId id;
  // What names its content, whoever signed it: the uncommitted id. Absent when it has none.
  std::optional<MessageId> content;
};

class Cache {
 public:
  virtual ~Cache() = default;

  // The operator, and those whom the settings name.
  virtual bool may_write(const Address& address) const = 0;

  // Durable when it returns; the same again changes nothing. `writer` is who signed the request
  // that brings it, with its path; of an item that comes by itself nobody, and its signer counts.
  // Errors: kDenied "cache-denied"; kTooLarge "cache-message-size", "cache-full"; kInvalid
  // "cache-process"; kConflict "message-id-taken"; those of admission, of the rates of clients and
  // signers, and of the store.
  virtual Task<Result<Cached>> write(Upload upload, std::optional<Address> writer) = 0;

  // A name for what is here; replaces what it stood for. Durable when it returns. Errors: kInvalid
  // "cache-link"; kNotFound "item-unknown"; as above.
  virtual Task<Result<>> link(Bytes name, MessageId id, Address writer) = 0;

  virtual std::optional<MessageId> linked(BytesView name) const = 0;
};

}  // namespace ao::api
