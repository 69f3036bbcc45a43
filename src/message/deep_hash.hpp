// What the owner of a data item signs: a SHA-384 over its structure (ANS-104, Arweave's deep hash).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/crypto/digest.hpp"

namespace ao::message {

// Of a list of byte strings.
crypto::Digest384 deep_hash(std::span<const BytesView> blobs);

}  // namespace ao::message
