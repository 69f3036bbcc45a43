// httpsig@1.0: signing and verifying messages, in themselves and as HTTP requests (RFC 9421 in the
// dialects of HyperBEAM and of the JavaScript clients; docs/formats.md lists them).
//
// Nothing here believes a signature that it did not check: what `verify` and `read_request` return
// as a signer was proved by this call. Pure but for CPU time: called on the pool that checks
// signatures, from any number of threads.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/clock.hpp"
#include "ao/codec/commitment.hpp"
#include "ao/codec/http_form.hpp"
#include "ao/codec/ids.hpp"
#include "ao/crypto/key.hpp"

namespace ao::codec {

// The message with commitments by this key and by the MAC that gives its uncommitted id. A message
// that has commitments is signed over what all of them cover, and the rest is left out.
// Errors: "key-unfit" for an Ethereum key, which HTTP signatures have no algorithm for; those of
// to_tabm and to_http_form.
Result<message::Map> commit(const message::Map& message, const crypto::Key& key,
                            Form form = Form::kLinked, std::optional<Bytes> tag = std::nullopt);

// The message as it is sent: the HTTP form, with a `signature` and a `signature-input` field for
// its commitments.
Result<HttpForm> to_signed_http_form(const message::Map& message);

// The same at once for a message that nobody committed yet, signed by this key alone and without
// the MAC. Errors: those of commit.
Result<HttpForm> sign_http_form(const message::Map& message, const crypto::Key& key,
                                Form form = Form::kLinked, std::optional<Bytes> tag = std::nullopt);

// The tag of what a node signs as an answer (RFC 9421 §2.3). What an answer says is mostly what
// others made the node say, and its fields may be those of a request: so with this tag a signature
// is nobody's order, and nobody's message.
inline constexpr BytesView kAnswerTag = "ao-answer";

// Error kInvalid "signature-of-answer".
Result<> check_is_no_answer(const Commitment& commitment);

// The commitments with a committer, each of them proved; those by MAC must be right too.
// Errors: "signature-missing" when nobody signed; "signature-mismatch" and the other codes of
// crypto::verify; "commitment-malformed", "commitment-id".
Result<std::vector<Commitment>> verify(const message::Map& message);

// The same for a message within another, as it came: a TABM whose commitments may be in the
// dialect of the JavaScript clients.
Result<std::vector<Commitment>> verify_tabm(const message::Map& tabm);

// An HTTP request, or response, that may be signed.
struct Request {
  Bytes method;
  Bytes target;  // of the request line
  Bytes authority;
  HttpForm form;
};

// What a request says: what all signers cover, if there is one, and all of it otherwise.
struct ReadRequest {
  message::Map tabm;  // without commitments
  std::vector<Commitment> commitments;

  bool is_signed() const;  // by a named key
};

// Errors: "signature-input-malformed" and "signature-malformed" (no structured fields, labels that
// do not pair), "signature-component-missing", "…-twice", "…-unknown" naming it,
// "signature-algorithm", "signature-keyid", "signature-expired", "content-digest-mismatch",
// "signature-mismatch" and the other codes of crypto::verify; those of from_http_form.
Result<ReadRequest> read_request(const Request& request, Timestamp now);

// For whoever looks for the reason of a mismatch: what this node took for the signed text, by
// label; one for each dialect that it tried, the likeliest first.
struct SignatureBase {
  Bytes label;
  std::vector<Bytes> texts;
};
Result<std::vector<SignatureBase>> signature_bases(const Request& request);

// The first component in which the client's base differs from the one of ours that is nearest to
// it, in words; "" when they are the same.
std::string difference(const SignatureBase& ours, BytesView theirs);

}  // namespace ao::codec
