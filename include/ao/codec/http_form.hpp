// A message as an HTTP message: header fields and a body (the form of httpsig@1.0).
//
// Short texts are fields of their key's name; the value of `body` or `data` is the body; long ones,
// and messages within, are the parts of a multipart body. Signatures are not its business
// (httpsig.hpp). Pure functions, any thread. The format, with an example: docs/formats.md.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/message/value.hpp"

namespace ao::codec {

struct HttpForm {
  message::Map fields;  // names in lower case to values; repeated fields are joined with ", "
  Bytes body;
};

// Which texts may be fields. Ids are computed over any short text of one line, as HyperBEAM does;
// with a line feed in a field two messages could have one base. What is sent has texts with other
// controls or outer blanks, and keys that name no HTTP field, in the body too, where they survive.
enum class Texts { kOneLine, kSendable };

// Errors: "http-form-key" for a key that can be neither a field nor a part: with a colon, a line
// break, a zero byte, or a slash where it would be a part.
Result<HttpForm> to_http_form(const message::Map& tabm, Texts texts);

// Fields of signatures and of the transport (host, connection, …) are left out of the TABM, and so
// are those that only say how the body is written. What a signer named stays: `signed_fields`.
// Errors: "multipart-malformed" with the byte offset; "http-form-conflict" for two values under one
// key; "http-form-ids" for a malformed `ao-ids`; kTooLarge "structured-depth".
Result<message::Map> from_http_form(const HttpForm& form,
                                    std::span<const Bytes> signed_fields = {});

// `sha-256=:…:` of a body.
Bytes content_digest(BytesView body);

// Whether `field` holds the SHA-256 of `body`, in either base64 alphabet.
// Errors: "content-digest-malformed", "content-digest-mismatch".
Result<> check_content_digest(BytesView field, BytesView body);

}  // namespace ao::codec
