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

// The first with the signature of the second beside its own, which covers fewer of its keys.
inline SignedPost signed_twice(const Result<message::Map>& first,
                               const Result<message::Map>& second) {
  const auto both = codec::to_signed_http_form(first.value()).value();
  const auto other = codec::to_signed_http_form(second.value()).value();
  SignedPost post;
  for (const auto& [field, text] : both.fields) {
    Bytes value = *text.bytes();
    if (field.starts_with("signature")) value += ", " + *other.fields.find(field)->bytes();
    post.headers.add(field, value);
  }
  post.body = both.body;
  return post;
}

inline http::Response send_post(test::RunningNode& node, const std::string& target,
                                const SignedPost& post) {
  return node.fetch("POST", target, post.body, post.headers);
}

}  // namespace ao
