// The text of a JSON Web Key, member by member.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "ao/base/bytes.hpp"

namespace ao::crypto {

class Jwk {
 public:
  // Errors of all three: "key-malformed".
  static Result<Jwk> parse(std::string_view json);
  Result<std::string> text(const std::string& member) const;
  Result<Bytes> bytes(const std::string& member) const;

  void set_text(const std::string& member, std::string_view text) { members_[member] = text; }
  void set_bytes(const std::string& member, BytesView bytes) {
    members_[member] = base64url(bytes);
  }
  std::string json() const;

 private:
  std::map<std::string, std::string> members_;  // those that are strings, as all we read are
};

}  // namespace ao::crypto
