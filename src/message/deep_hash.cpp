// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "deep_hash.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <vector>

#include "ao/base/assert.hpp"
#include "ao/message/deep_hash.hpp"

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

// Most blobs are short, so most lengths were hashed before.
constexpr std::size_t kShortBytes = 1024;

const Digest384& tagged_short_blob(std::size_t size) {
  static const auto all = [] {
    std::vector<Digest384> digests;
    for (std::size_t i = 0; i < kShortBytes; ++i)
      digests.push_back(tagged("blob", i));
    return digests;
  }();
  return all[size];
}

Digest384 of_blob(BytesView blob) {
  const Digest384 content = crypto::sha384(blob);
  if (blob.size() < kShortBytes) return joined(tagged_short_blob(blob.size()), content);
  return joined(tagged("blob", blob.size()), content);
}

// The hash of a list up to and with `blob`, from the hash up to it.
Digest384 followed_by(const Digest384& list, BytesView blob) {
  static const Digest384 of_empty = of_blob("");  // many items lack a target, an anchor or tags
  return joined(list, blob.empty() ? of_empty : of_blob(blob));
}

// Of "dataitem", "1" and the type's number: the start of every item of this type.
const Digest384& start_of(crypto::SignatureType type) {
  constexpr std::size_t kItemParts = 8;
  static const auto all = [] {
    std::array<Digest384, 4> starts;
    for (std::size_t number = 0; number < starts.size(); ++number) {
      Digest384 start = tagged("list", kItemParts);
      for (const BytesView part : {BytesView("dataitem"), BytesView("1")})
        start = followed_by(start, part);
      starts[number] = followed_by(start, std::to_string(number));
    }
    return starts;
  }();
  return all.at(static_cast<std::size_t>(type));
}

// The hashes of the items' starts up to their targets, of the owners that a thread met last. Who
// makes keys that fall on one entry makes himself slower.
class RecentOwners {
 public:
  const Digest384& up_to_target(const ItemParts& parts) {
    Entry& entry = entries_[entry_of(parts.owner)];
    if (entry.type != parts.type || entry.owner != parts.owner) {
      entry.type = parts.type;
      entry.owner = parts.owner;
      entry.up_to_owner = followed_by(start_of(parts.type), parts.owner);
    } else if (entry.target == parts.target) {
      return entry.up_to_target;
    }
    entry.target = parts.target;
    entry.up_to_target = followed_by(entry.up_to_owner, parts.target);
    return entry.up_to_target;
  }

 private:
  struct Entry {
    crypto::SignatureType type{};
    Bytes owner;
    Digest384 up_to_owner;
    Bytes target;
    Digest384 up_to_target;
  };

  static std::size_t entry_of(BytesView owner) {
    std::size_t number = 0;  // from inside a key, where every type has bits like random ones
    std::memcpy(&number, owner.data() + 8, sizeof number);
    return number % kEntries;
  }

  static constexpr std::size_t kEntries = 512;
  std::vector<Entry> entries_{kEntries};
};

}  // namespace

Digest384 deep_hash(std::span<const BytesView> blobs) {
  Digest384 all = tagged("list", blobs.size());
  for (const BytesView blob : blobs)
    all = followed_by(all, blob);
  return all;
}

DeepList::DeepList(std::size_t size) : digest_(tagged("list", size)) {}

void DeepList::add(BytesView blob) {
  digest_ = followed_by(digest_, blob);
}

void DeepList::add(const DeepList& list) {
  digest_ = joined(digest_, list.digest_);
}

Digest384 deep_hash(const ItemParts& parts) {
  AO_ASSERT(parts.owner.size() == crypto::sizes_of(parts.type).public_key);
  thread_local RecentOwners owners;
  Digest384 all = owners.up_to_target(parts);
  for (const BytesView blob : {parts.anchor, parts.tags, parts.data})
    all = followed_by(all, blob);
  return all;
}

}  // namespace ao::message
