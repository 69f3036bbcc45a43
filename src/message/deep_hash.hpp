// What the owner of a data item signs: a SHA-384 over its structure (ANS-104, Arweave's deep hash).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/crypto/digest.hpp"
#include "ao/crypto/signature.hpp"

namespace ao::message {

// Of a list of byte strings.
crypto::Digest384 deep_hash(std::span<const BytesView> blobs);

struct ItemParts {
  crypto::SignatureType type;
  BytesView owner;
  BytesView target;
  BytesView anchor;
  BytesView tags;
  BytesView data;
};

// Of a data item: of the list "dataitem", "1", the type's number and these parts. It remembers what
// it can of the owners and targets that this thread met last, since they return.
crypto::Digest384 deep_hash(const ItemParts& parts);

}  // namespace ao::message
