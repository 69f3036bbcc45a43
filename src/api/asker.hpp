// Who asks, and what the request says beside its path.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"

namespace ao::api {

struct Asker {
  std::string method;
  http::Network network{};
  std::string host;               // this node, as the client names it
  std::string via;                // what relayed the request (RFC 9110 §7.6.3)
  std::string content_type;       // of a request that is signed itself, and no message of parts
  std::vector<Address> signers;   // each proved, and of the path and query too
  std::size_t signatures = 0;     // by named keys, those that do not cover the path among them
  std::vector<MessageId> proofs;  // the ids of their commitments, in the same order
  // The request's own message: of a signed request what all signers cover; of one that is posted
  // without a signature its body, and those of its fields that HTTP has no meaning for. Every step
  // of the path is asked with these keys.
  message::Map said;

  bool is_signed_by(const Address& address) const;

  // Whether it says what this address said, all of it: with a second signer, what he does not cover
  // would be left out.
  bool is_order_of(const Address& address) const;
};

// Errors: those of Backend::read and Backend::check, of the codec that `codec-device` or the
// content type names; kInvalid "codec-unknown".
Task<Result<Asker>> asker_of(Backend& backend, const http::Request& request);

}  // namespace ao::api
