// The commands that make, show, read and write keys. All throw std::runtime_error, and print to
// standard output.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "ao/crypto/key.hpp"

namespace ao::app {

// "Ed25519, address 5bKx…"
std::string description(const crypto::Key& key);

// `type` is ed25519, rsa or ethereum. Never over another file; nor does `import_key`.
int new_key(const std::string& type, const std::filesystem::path& file);
int show_key(const std::filesystem::path& file, bool as_json);

// From a file, or from standard input when `source` is "-". `type_of_hex` is ed25519 or ethereum.
int import_key(const std::string& source, const std::string& type_of_hex,
               const std::filesystem::path& file);

struct ExportOptions {
  bool is_public = false;
  std::string format = "jwk";  // or hex, or pem
  bool to_terminal = false;    // a private key stays in a terminal's history
};
int export_key(const std::filesystem::path& file, const ExportOptions& options);

}  // namespace ao::app
