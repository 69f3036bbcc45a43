// The signatures of an HTTP request, taken apart and checked one by one.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/httpsig.hpp"
#include "ao/codec/structured_fields.hpp"

namespace ao::codec {

// One member of `signature-input` with the signature of the same label.
struct LabelledSignature {
  Bytes label;
  std::vector<Bytes> components;  // as written, perhaps with an @
  Bytes params;                   // the member's text as received
  Bytes algorithm;
  Bytes keyid;
  std::optional<Bytes> tag;
  std::optional<std::int64_t> expires;  // seconds since 1970
  bool is_bundled = false;
  Bytes signature;
};

// Pairs the two fields. Errors: "signature-input-malformed", "signature-malformed".
Result<std::vector<LabelledSignature>> read_signatures(BytesView signature_input,
                                                       BytesView signature);

// The public key that a keyid spells. Errors: "signature-keyid".
Result<Bytes> key_of(const LabelledSignature& signature);

// Whether the signature is right over one of these bases. Errors: "signature-algorithm",
// "signature-keyid", those of crypto::verify for the first base.
Result<> check_signature(const LabelledSignature& signature, std::span<const Bytes> bases);

// The commitment that a checked signature makes; `committed` are keys of the message.
Commitment commitment_of(const LabelledSignature& signature, std::vector<Bytes> committed);

// The params with an @ before the names of derived components; the same text when none lacks one.
Bytes params_with_at(const LabelledSignature& signature);

// Whether the params are such as `commit` writes.
bool is_canonical(const LabelledSignature& signature);

}  // namespace ao::codec
