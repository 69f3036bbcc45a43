// Data items put together by hand, so that any part of one can lie.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>

#include <array>
#include <optional>

#include "../../src/message/avro_tags.hpp"
#include "../../src/message/deep_hash.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/crypto/key.hpp"
#include "support/forger.hpp"

namespace ao::test {

struct Parts {
  std::uint16_t type = 2;
  Bytes owner;
  Bytes target;
  Bytes avro;  // the tag area
  Bytes data;
  std::uint64_t tag_count = 0;
  std::optional<std::uint64_t> tag_bytes;  // when it is not the truth

  Bytes hash() const {
    const std::string number = std::to_string(type);
    const std::array<BytesView, 8> all = {"dataitem", "1", number, owner, target, "", avro, data};
    return Bytes(crypto::view(message::deep_hash(all)));
  }

  Bytes with(const Bytes& signature) const {
    Bytes item;
    put(item, type, 2);
    item += signature + owner + '\1' + target + '\0';
    put(item, tag_count, 8);
    put(item, tag_bytes.value_or(avro.size()), 8);
    return item + avro + data;
  }

 private:
  static void put(Bytes& out, std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i)
      out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
  }
};

// An Ed25519 key whose scalar is known, for signatures that only its owner could make.
struct Ed25519Secret {
  Bytes key = Bytes(32, '\0'), secret = Bytes(64, '\0'), scalar;

  Ed25519Secret() {
    const Bytes seed(32, 's');
    Bytes hash(64, '\0');
    crypto_sign_seed_keypair(octets(key), octets(secret), octets(seed));
    crypto_hash_sha512(octets(hash), octets(seed), seed.size());
    scalar = hash.substr(0, 32);
    scalar[0] = static_cast<char>(scalar[0] & 248);
    scalar[31] = static_cast<char>((scalar[31] & 127) | 64);
  }

  Bytes sign(const Bytes& message) const {
    Bytes signature(64, '\0');
    crypto_sign_detached(octets(signature), nullptr, octets(message), message.size(),
                         octets(secret));
    return signature;
  }

  // With an R of small order: S = k·a holds by the equation without R.
  Bytes sign_with(const Bytes& r, const Bytes& message) const {
    const Bytes covered = r + key + message;
    Bytes hash(64, '\0'), k(32, '\0'), s(32, '\0');
    crypto_hash_sha512(octets(hash), octets(covered), covered.size());
    crypto_core_ed25519_scalar_reduce(octets(k), octets(hash));
    crypto_core_ed25519_scalar_mul(octets(s), octets(k), octets(scalar));
    return r + s;
  }
};

}  // namespace ao::test
