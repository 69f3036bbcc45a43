// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "deep_hash.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ao::message {
namespace {

using crypto::Digest384;

Digest384 joined(const Digest384& a, const Digest384& b) {
  std::array<unsigned char, 96> both;
  std::ranges::copy(b, std::ranges::copy(a, both.begin()).out);
  return crypto::sha384(crypto::view(both));
}

// Of "blob" or "list" and a decimal number.
Digest384 tagged(std::string_view kind, std::size_t size) {
  std::array<char, 32> text;
  char* const digits = std::ranges::copy(kind, text.data()).out;
  const char* const end = std::to_chars(digits, text.data() + text.size(), size).ptr;
  return crypto::sha384({text.data(), static_cast<std::size_t>(end - text.data())});
}

Digest384 of_blob(BytesView blob) {
  return joined(tagged("blob", blob.size()), crypto::sha384(blob));
}

}  // namespace

Digest384 deep_hash(std::span<const BytesView> blobs) {
  static const Digest384 of_empty = of_blob("");  // most items lack a target, an anchor or tags
  Digest384 all = tagged("list", blobs.size());
  for (const BytesView blob : blobs)
    all = joined(all, blob.empty() ? of_empty : of_blob(blob));
  return all;
}

}  // namespace ao::message
