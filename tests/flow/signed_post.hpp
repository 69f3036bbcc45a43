// Messages that are posted as requests, signed with their path.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/httpsig.hpp"
#include "support/running_node.hpp"

namespace ao {

struct SignedPost {
  http::Headers headers;
  Bytes body;
};

// The message, with the path as a key of it, in header fields and a body.
inline SignedPost signed_post(const crypto::Key& key, const std::string& target,
                              message::Map said) {
  said.set("path", target);
  const auto form =
      codec::to_signed_http_form(codec::commit(said, key, codec::Form::kBundled).value()).value();
  SignedPost post;
  for (const auto& [field, text] : form.fields)
    post.headers.add(field, *text.bytes());
  post.body = form.body;
  return post;
}

inline http::Response send_post(test::RunningNode& node, const std::string& target,
                                const SignedPost& post) {
  return node.fetch("POST", target, post.body, post.headers);
}

}  // namespace ao
