// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "key_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <stdexcept>

#include "ao/crypto/key_text.hpp"

namespace ao::app {
namespace {

namespace fs = std::filesystem;
using crypto::Key;
using crypto::SignatureType;

constexpr std::streamsize kSourceBytesMax = 64 * 1024;

template <class T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

void save(const Key& key, const fs::path& file) {
  if (auto saved = key.save(file); !saved) throw std::runtime_error(saved.error().text);
}

void expect_absent(const fs::path& file) {
  if (fs::exists(file)) throw std::runtime_error(file.string() + " exists already; nothing done");
}

// What `--type` calls it, and what people call it.
std::pair<const char*, const char*> names_of(SignatureType type) {
  switch (type) {
    case SignatureType::kArweave:
      return {"rsa", "RSA-4096"};
    case SignatureType::kEd25519:
      return {"ed25519", "Ed25519"};
    case SignatureType::kEthereum:
      return {"ethereum", "Ethereum"};
  }
  throw std::logic_error("a key of no type");
}

std::string all_of(std::istream& stream, const std::string& name) {
  std::string text(kSourceBytesMax + 1, '\0');
  stream.read(text.data(), kSourceBytesMax + 1);
  if (stream.gcount() > kSourceBytesMax)
    throw std::runtime_error(
        fmt::format("{} has more than {} bytes: no key", name, kSourceBytesMax));
  if (stream.bad()) throw std::runtime_error("cannot read " + name);
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

std::string text_of(const std::string& source) {
  if (source == "-") return all_of(std::cin, "standard input");
  std::ifstream file(source, std::ios::binary);
  if (!file || fs::is_directory(source)) throw std::runtime_error("cannot read " + source);
  return all_of(file, source);
}

}  // namespace

std::string description(const Key& key) {
  return fmt::format("{}, address {}", names_of(key.type()).second, key.address().text);
}

int new_key(const std::string& type, const fs::path& file) {
  expect_absent(file);
  if (type == "rsa") std::cerr << "making a 4096-bit key takes a few seconds\n";
  const auto key = type == "rsa"        ? Key::new_rsa()
                   : type == "ethereum" ? Key::new_ethereum()
                                        : Key::new_ed25519();
  save(*key, file);
  std::cout << description(*key) << '\n';
  return 0;
}

int show_key(const fs::path& file, bool as_json) {
  const auto key = value_of(Key::load(file));
  const auto [type, name] = names_of(key->type());
  const std::string address = key->address().text;
  const std::string public_key = base64url(key->public_key());
  if (as_json)  // no text here needs escapes
    std::cout << fmt::format(R"({{"type":"{}","address":"{}","public_key":"{}"}})", type, address,
                             public_key)
              << '\n';
  else
    std::cout << fmt::format("type        {}\naddress     {}\npublic key  {}\n", name, address,
                             public_key);
  return 0;
}

int import_key(const std::string& source, const std::string& type_of_hex, const fs::path& file) {
  expect_absent(file);
  const auto type = type_of_hex == "ed25519" ? SignatureType::kEd25519 : SignatureType::kEthereum;
  auto key = crypto::read_key(text_of(source), type);
  if (!key)
    throw std::runtime_error((source == "-" ? "standard input" : source) + ": " + key.error().text);
  save(**key, file);
  std::cout << description(**key) << '\n';
  return 0;
}

int export_key(const fs::path& file, const ExportOptions& options) {
  const std::map<std::string, crypto::KeyFormat> formats = {{"jwk", crypto::KeyFormat::kJwk},
                                                            {"hex", crypto::KeyFormat::kHex},
                                                            {"pem", crypto::KeyFormat::kPem}};
  const auto format = formats.at(options.format);
  const auto key = value_of(Key::load(file));
  if (!options.is_public && !options.to_terminal && ::isatty(STDOUT_FILENO) == 1)
    throw std::runtime_error(
        "this would show the private key on the terminal: redirect it, or say --force");
  std::string text = options.is_public ? crypto::public_text(*key, format)
                                       : value_of(crypto::private_text(*key, format));
  if (!text.ends_with('\n')) text += '\n';
  std::cout << text << std::flush;
  if (!std::cout) throw std::runtime_error("cannot write to standard output");
  return 0;
}

}  // namespace ao::app
