// Arweave's deep hash: a SHA-384 over a list of byte strings and of further lists.
//
//   blob = H( H("blob" size) H(bytes) )        list = H( … H( H( H("list" count) part ) part ) … )
//
// What is signed of data items (ANS-104) and of transactions of format 2 is such a list. Values,
// any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/digest.hpp"

namespace ao::message {

// A list, part by part, in their order. `size` is how many there will be.
class DeepList {
 public:
  explicit DeepList(std::size_t size);

  void add(BytesView blob);
  void add(const DeepList& list);

  const crypto::Digest384& digest() const { return digest_; }

 private:
  crypto::Digest384 digest_;
};

}  // namespace ao::message
