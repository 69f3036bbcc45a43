// Reads a question a line on standard input, writes an answer a line; see answer.hpp.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <map>
#include <stdexcept>

#include "oracle/answer.hpp"

namespace ao::test {

Json refused(const Error& error) {
  return {{"error", {{"code", error.code}, {"text", error.text}}}};
}

Bytes bytes_in(const Json& question, const char* name) {
  return from_base64url(question.at(name).get_ref<const std::string&>()).value();
}

const crypto::Key& key_in(const Json& question) {
  static std::map<std::string, std::unique_ptr<crypto::Key>> keys;
  const auto& jwk = question.at("key").get_ref<const std::string&>();
  auto& key = keys[jwk];
  if (!key) {
    auto parsed = crypto::Key::from_jwk(jwk);
    if (!parsed) throw std::invalid_argument(parsed.error().text);
    key = std::move(*parsed);
  }
  return *key;
}

namespace {

const std::map<std::string, Json (*)(const Json&)> kOps{
    {"verify-item", verify_item},
    {"sign-item", sign_item},
    {"read-bundle", read_bundle},
    {"write-bundle", write_bundle},
    {"verify-http", verify_http},
    {"sign-http", sign_http},
    {"convert", convert},
    {"chunks", cut_chunks},
    {"prove-chunk", prove_chunk},
    {"read-chunk", read_chunk},
    {"sign-transaction", sign_transaction},
    {"verify-transaction", verify_transaction},
};

}  // namespace
}  // namespace ao::test

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) {
    try {
      const auto question = ao::test::Json::parse(line);
      const auto answer = ao::test::kOps.at(question.at("op"))(question);
      // A refusal may quote bytes of the input that are no UTF-8.
      std::cout << answer.dump(-1, ' ', false, ao::test::Json::error_handler_t::replace)
                << std::endl;
    } catch (const std::exception& error) {
      std::cerr << "ao_oracle: " << line.substr(0, 200) << ": " << error.what() << std::endl;
      return 2;
    }
  }
}
