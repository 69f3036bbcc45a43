// A commitment: who stands for which keys of a message, and the proof.
//
// Commitments stand in the message itself, under key `commitments`, each under its id. This is one
// of them, read. Holding one proves nothing: `verify` and `read_request` in httpsig.hpp do.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ao/message/data_item.hpp"
#include "ao/message/value.hpp"

namespace ao::codec {

struct Commitment {
  MessageId id;  // SHA-256 of the signature; of a MAC, the MAC itself
  Bytes device;  // "httpsig@1.0" or "ans104@1.0"
  Bytes type;    // "rsa-pss-sha512", "ed25519", "hmac-sha256"; of items: docs/formats.md
  std::optional<Address> committer;  // none for a MAC, which anybody can make
  Bytes keyid;                       // the public key as the signer spelled it
  Bytes signature;                   // its bytes
  std::vector<Bytes> committed;      // keys of the message
  bool is_bundled = false;           // made over the bundled form
  std::optional<Bytes> tag;          // what the signer said beside the message: a hashpath
  // The signer's own list of components and parameters, where it is not the canonical one.
  std::optional<Bytes> signature_input;
  // The tags of the item as they were, where the keys do not tell.
  std::optional<message::Tags> original_tags;

  message::Map value() const;
  // Errors: "commitment-malformed" naming the member.
  static Result<Commitment> from(BytesView id, const message::Value& value);

  bool operator==(const Commitment&) const = default;
};

// Those that the message carries. Errors: "commitment-malformed".
Result<std::vector<Commitment>> commitments_of(const message::Map& message);

void set_commitments(message::Map& message, const std::vector<Commitment>& commitments);

// What every commitment covers, and the commitments; the message itself, if it has none.
// Errors: "commitment-malformed".
Result<message::Map> with_only_committed(const message::Map& message);

}  // namespace ao::codec
