// The names of things. Each is a type of its own, so a slot is never taken for an index, nor the id
// of a message for the id of a process.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <compare>
#include <cstring>
#include <functional>
#include <optional>

#include "ao/base/bytes.hpp"

namespace ao {

// 32 bytes, shown as 43 characters of base64url.
template <class Tag>
class Id {
 public:
  static constexpr std::size_t kSize = 32;

  constexpr Id() = default;

  static std::optional<Id> from_bytes(BytesView bytes) {
    if (bytes.size() != kSize) return std::nullopt;
    Id id;
    std::memcpy(id.bytes_.data(), bytes.data(), kSize);
    return id;
  }

  static std::optional<Id> from_text(std::string_view text) {
    if (text.size() != 43) return std::nullopt;
    auto bytes = from_base64url(text);
    return bytes ? from_bytes(*bytes) : std::nullopt;
  }

  // The id of the same 32 bytes under another type; spelled out at the few places where AO says so
  // (a process is named by the message that spawned it).
  template <class Other>
  static Id same_bytes_as(const Id<Other>& other) {
    return *from_bytes(other.bytes());
  }

  BytesView bytes() const { return {reinterpret_cast<const char*>(bytes_.data()), kSize}; }
  std::string text() const { return base64url(bytes()); }

  auto operator<=>(const Id&) const = default;

 private:
  std::array<unsigned char, kSize> bytes_{};
};

using MessageId = Id<struct MessageIdTag>;        // SHA-256 of a message's signature
using ProcessId = Id<struct ProcessIdTag>;        // the id of the message that spawned it
using AssignmentId = Id<struct AssignmentIdTag>;  // SHA-256 of an assignment's signature
using ChainHash = Id<struct ChainHashTag>;        // what an assignment says of the one before it

inline ProcessId process_named_by(const MessageId& spawn) {
  return ProcessId::same_bytes_as(spawn);
}

// A position in a process's schedule: 0, 1, 2, … without a gap.
struct Slot {
  std::uint64_t number = 0;

  Slot next() const { return Slot{number + 1}; }
  auto operator<=>(const Slot&) const = default;
};

// Who signed: 43 characters of base64url (RSA, Ed25519) or an EIP-55 address (secp256k1).
struct Address {
  std::string text;

  auto operator<=>(const Address&) const = default;
};

}  // namespace ao

template <class Tag>
struct std::hash<ao::Id<Tag>> {
  std::size_t operator()(const ao::Id<Tag>& id) const noexcept {
    std::size_t value;  // ids are hashes already
    std::memcpy(&value, id.bytes().data(), sizeof value);
    return value;
  }
};
