// The recorded ANS-104 vectors: tests/fixtures/*.json.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ao/base/bytes.hpp"
#include "support/workbench.hpp"

namespace ao::test {

inline nlohmann::json fixture(const std::string& name) {
  return nlohmann::json::parse(read_file(source_folder() / "tests/fixtures" / name));
}

inline Bytes from_base64(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(std::min(text.find('='), text.size()));
  return from_base64url(text).value();
}

inline Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// The bytes of the vector `name` in `file`.
inline Bytes vector_bytes(const std::string& file, const std::string& name) {
  const nlohmann::json document = fixture(file);
  for (const auto& item : document["items"])
    if (item["name"] == name) return from_base64(item["raw_b64"]);
  ADD_FAILURE() << "no vector " << name << " in " << file;
  return {};
}

// The refusal's code, or "accepted".
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "accepted" : std::string(result.error().code);
}

}  // namespace ao::test
