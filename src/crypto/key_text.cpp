// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/key_text.hpp"

#include <fmt/format.h>

#include "ao/base/assert.hpp"
#include "pem.hpp"
#include "private_keys.hpp"

namespace ao::crypto {
namespace {

constexpr std::size_t kSecretDigits = 64;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Result<Bytes> secret_in(std::string_view digits) {
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  // Not one character of what may be a secret goes into the text.
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
    return malformed_key(
        "this is neither a JSON Web Key ({…}), nor PEM (-----BEGIN …), nor hexadecimal digits");
  if (digits.size() != kSecretDigits)
    return malformed_key(fmt::format("the key has {} hexadecimal digits; it must have {}",
                                     digits.size(), kSecretDigits));
  const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  Bytes secret;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    secret.push_back(static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1])));
  return secret;
}

std::string public_jwk(const Jwk& jwk) {
  Jwk made;
  for (const char* member : {"kty", "crv", "n", "e", "x", "y"})
    if (const auto text = jwk.text(member)) made.set_text(member, *text);
  return made.json();
}

}  // namespace

Result<std::unique_ptr<Key>> read_key(std::string_view text, SignatureType type_of_hex) {
  text = trimmed(text);
  if (text.empty()) return malformed_key("there is no key: the text is empty");
  if (text.starts_with('{')) return Key::from_jwk(text);
  if (text.find("-----BEGIN ") != std::string_view::npos) return key_from_pem(text);
  AO_TRY(secret, secret_in(text));
  switch (type_of_hex) {
    case SignatureType::kArweave:
      return malformed_key("an RSA key is read from a JSON Web Key or PEM, not from digits");
    case SignatureType::kEd25519:
      return ed25519_from(secret);
    case SignatureType::kEthereum:
      return ethereum_from(secret);
  }
  AO_ASSERT(!"a key of no type");
}

Result<std::string> private_text(const Key& key, KeyFormat format) {
  switch (format) {
    case KeyFormat::kJwk:
      return key.jwk();
    case KeyFormat::kPem:
      return private_pem(key);
    case KeyFormat::kHex:
      if (key.type() == SignatureType::kArweave)
        return fail(ErrorKind::kInvalid, "key-format",
                    "an RSA key is eight numbers: export it as jwk or pem");
      return hex(Jwk::parse(key.jwk()).value().bytes("d").value());
  }
  AO_ASSERT(!"a format without writer");
}

std::string public_text(const Key& key, KeyFormat format) {
  switch (format) {
    case KeyFormat::kJwk:
      return public_jwk(Jwk::parse(key.jwk()).value());
    case KeyFormat::kPem:
      return public_pem(key);
    case KeyFormat::kHex:
      return hex(key.public_key());
  }
  AO_ASSERT(!"a format without writer");
}

}  // namespace ao::crypto
