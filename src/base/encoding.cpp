// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>

#include "ao/base/bytes.hpp"

namespace ao {
namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

using Digits = std::array<signed char, 256>;

constexpr Digits digits_of(std::string_view alphabet) {
  Digits digits{};
  digits.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<signed char>(i);
  return digits;
}

constexpr Digits kUrlDigits = digits_of(kUrlAlphabet);
constexpr Digits kDigits = digits_of(kAlphabet);

// How errors call one of the two encodings.
struct Naming {
  std::string_view code;
  std::string name;
};

unsigned octet(BytesView bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::string encode(BytesView bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const unsigned group = octet(bytes, i) << 16 | octet(bytes, i + 1) << 8 | octet(bytes, i + 2);
    for (const int shift : {18, 12, 6, 0})
      text.push_back(alphabet[group >> shift & 63]);
  }
  if (i + 1 == bytes.size()) {
    const unsigned group = octet(bytes, i) << 16;
    for (const int shift : {18, 12})
      text.push_back(alphabet[group >> shift & 63]);
  } else if (i + 2 == bytes.size()) {
    const unsigned group = octet(bytes, i) << 16 | octet(bytes, i + 1) << 8;
    for (const int shift : {18, 12, 6})
      text.push_back(alphabet[group >> shift & 63]);
  }
  return text;
}

Result<Bytes> decode(std::string_view text, const Digits& digits, const Naming& naming) {
  if (text.size() % 4 == 1)
    return fail(
        ErrorKind::kInvalid, naming.code,
        naming.name + " text of " + std::to_string(text.size()) + " characters has no bytes");
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  unsigned window = 0;
  int bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int digit = digits[static_cast<unsigned char>(text[i])];
    if (digit < 0)
      return fail(ErrorKind::kInvalid, naming.code,
                  "character " + std::to_string(i) + " is not of the " + naming.name + " alphabet");
    window = (window << 6 | static_cast<unsigned>(digit)) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>(window >> bits & 0xff));
    }
  }
  if ((window & ((1u << bits) - 1)) != 0)
    return fail(ErrorKind::kInvalid, naming.code, "bits are set after the last byte");
  return bytes;
}

// The text without whole padding; padding that is not whole stays, as a foreign character.
std::string_view unpadded(std::string_view text) {
  if (text.size() % 4 != 0) return text;
  if (text.ends_with("==")) return text.substr(0, text.size() - 2);
  if (text.ends_with('=')) return text.substr(0, text.size() - 1);
  return text;
}

}  // namespace

std::string base64url(BytesView bytes) {
  return encode(bytes, kUrlAlphabet);
}

Result<Bytes> from_base64url(std::string_view text) {
  return decode(text, kUrlDigits, {"base64url-malformed", "base64url"});
}

std::string base64(BytesView bytes) {
  std::string text = encode(bytes, kAlphabet);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return fail(ErrorKind::kInvalid, "base64-malformed",
                "base64 text of " + std::to_string(text.size()) +
                    " characters is not padded to a multiple of 4");
  return decode(unpadded(text), kDigits, {"base64-malformed", "base64"});
}

Result<Bytes> from_any_base64(std::string_view text) {
  const bool is_url = text.find_first_of("-_") != std::string_view::npos;
  return decode(unpadded(text), is_url ? kUrlDigits : kDigits,
                {"base64-malformed", is_url ? "base64url" : "base64"});
}

std::string hex(BytesView bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text.push_back(kHex[octet(bytes, i) >> 4]);
    text.push_back(kHex[octet(bytes, i) & 15]);
  }
  return text;
}

std::size_t utf8_sequence(BytesView bytes, std::size_t at) {
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return at + i < bytes.size() && octet(bytes, at + i) >= low && octet(bytes, at + i) <= high;
  };
  const unsigned lead = octet(bytes, at);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return follows(1, 0x80, 0xbf) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2, 0x80, 0xbf) && follows(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

Bytes lower_case(BytesView text) {
  Bytes lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower;
}

bool same_key(BytesView a, BytesView b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_utf8(BytesView bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = utf8_sequence(bytes, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

void put_u64be(Bytes& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(value >> shift & 0xff));
}

std::uint64_t get_u64be(BytesView eight_bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i)
    value = value << 8 | octet(eight_bytes, i);
  return value;
}

}  // namespace ao
