// Requests whose path and query are signed, as RFC 9421 has them, each anew.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

#include "support/running_node.hpp"

namespace ao {

// The fields of a signature by an Ed25519 key.
inline http::Headers signature_fields(const crypto::Key& key, const std::string& method,
                                      const std::string& target) {
  static std::atomic<std::uint64_t> nonce = 0;
  const std::size_t question = std::min(target.find('?'), target.size());
  const bool has_query = question < target.size();
  const std::string covered = has_query ? R"("@method" "@path" "@query")" : R"("@method" "@path")";
  const std::string params = "(" + covered + R"();alg="ed25519";keyid=")" +
                             base64(key.public_key()) + R"(";nonce="n)" + std::to_string(++nonce) +
                             '"';
  std::string base = "\"@method\": " + method + "\n\"@path\": " + target.substr(0, question) + "\n";
  if (has_query) base += "\"@query\": " + target.substr(question) + "\n";
  base += "\"@signature-params\": " + params;
  http::Headers headers;
  headers.set("signature-input", "me=" + params);
  headers.set("signature", "me=:" + base64(key.sign(base)) + ":");
  return headers;
}

inline http::Response signed_fetch(test::RunningNode& node, const crypto::Key& key,
                                   const std::string& method, const std::string& target) {
  return node.fetch(method, target, {}, signature_fields(key, method, target));
}

}  // namespace ao
