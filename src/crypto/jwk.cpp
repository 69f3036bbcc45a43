// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "jwk.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "private_keys.hpp"

namespace ao::crypto {

Result<Jwk> Jwk::parse(std::string_view json) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object()) return malformed_key("a JSON Web Key is a JSON object");
  Jwk jwk;
  for (const auto& [member, value] : document.items())
    if (value.is_string()) jwk.members_[member] = value.get<std::string>();
  return jwk;
}

Result<std::string> Jwk::text(const std::string& member) const {
  const auto found = members_.find(member);
  if (found == members_.end())
    return malformed_key(fmt::format("the JSON Web Key has no string \"{}\"", member));
  return found->second;
}

Result<Bytes> Jwk::bytes(const std::string& member) const {
  AO_TRY(encoded, text(member));
  auto decoded = from_base64url(encoded);
  if (!decoded)
    return malformed_key(
        fmt::format("member \"{}\" of the JSON Web Key: {}", member, decoded.error().text));
  return decoded;
}

std::string Jwk::json() const {
  return nlohmann::json(members_).dump();
}

}  // namespace ao::crypto
