// Who stands behind a request, and what it says, as hooks and payment see it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asked.hpp"
#include "route_table.hpp"

namespace ao::api {

// Somebody whose signature was proved, and under which id.
struct Signer {
  Address address;
  MessageId reference;
};

struct Visitor {
  // Of a message that is to be scheduled, tried out or kept, who signed it; of any other request
  // those who signed its path and query too: what was signed for one is not taken for another.
  std::vector<Signer> signers;
  bool brings_message = false;  // one that is scheduled or kept, and then is here for good
  message::Map said;            // the request's own message
  std::size_t messages = 1;     // that the path stands for, with those within

  bool is_signed_by(const Address& address) const;
};

// What is worked out on the way stays in `asked`. Errors: those of asker_of, of DataItem::parse and
// of Backend::check.
Task<Result<Visitor>> visitor_of(Backend& backend, const Route& route, Asked& asked);

}  // namespace ao::api
