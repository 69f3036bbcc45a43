// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "pss.hpp"

#include <algorithm>

namespace ao::crypto {
namespace {

constexpr unsigned char kTrailer = 0xbc;
constexpr unsigned char kSaltFollows = 1;

// MGF1 (RFC 8017 §B.2.1), added to what it masks.
template <class Digest>
void unmask(std::span<unsigned char> masked, BytesView seed, Digest (*hash)(BytesView)) {
  std::array<unsigned char, sizeof(Digest) + 4> input{};  // the seed and a counter, big-endian
  std::ranges::copy(seed, input.begin());
  for (unsigned char& counter = input.back(); !masked.empty(); ++counter) {
    const Digest mask = hash(view(input));
    const std::size_t size = std::min(mask.size(), masked.size());
    for (std::size_t i = 0; i < size; ++i)
      masked[i] ^= mask[i];
    masked = masked.subspan(size);
  }
}

template <class Digest>
std::optional<std::size_t> salt_bytes_in(const PssBlock& encoded, const Digest& digest,
                                         Digest (*hash)(BytesView)) {
  constexpr std::size_t kMaskedBytes = kPssBlockBytes - sizeof(Digest) - 1;
  static_assert(kMaskedBytes < 256 * sizeof(Digest), "one byte counts the blocks of the mask");
  // The block has one bit more than the number in it may have.
  if (encoded.back() != kTrailer || encoded.front() >= 0x80) return std::nullopt;
  const BytesView seal = view(encoded).substr(kMaskedBytes, sizeof(Digest));
  std::array<unsigned char, kMaskedBytes> padded;
  std::copy_n(encoded.begin(), kMaskedBytes, padded.begin());
  unmask<Digest>(padded, seal, hash);
  padded.front() &= 0x7f;

  const auto mark = std::ranges::find_if(padded, [](unsigned char byte) { return byte != 0; });
  if (mark == padded.end() || *mark != kSaltFollows) return std::nullopt;
  std::array<unsigned char, 8 + sizeof(Digest) + kMaskedBytes> sealed{};  // eight zeros first
  const auto salt = std::ranges::copy(digest, sealed.begin() + 8).out;
  const auto end = std::copy(mark + 1, padded.end(), salt);
  const auto size = static_cast<std::size_t>(end - sealed.begin());
  if (view(hash(view(sealed).substr(0, size))) != seal) return std::nullopt;
  return static_cast<std::size_t>(end - salt);
}

}  // namespace

std::optional<std::size_t> pss_salt_bytes(const PssBlock& encoded, const Digest256& digest) {
  return salt_bytes_in<Digest256>(encoded, digest, sha256);
}

std::optional<std::size_t> pss_salt_bytes(const PssBlock& encoded, const Digest512& digest) {
  return salt_bytes_in<Digest512>(encoded, digest, sha512);
}

}  // namespace ao::crypto
