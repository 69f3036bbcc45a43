// What is signed of a message with httpsig@1.0 (RFC 9421, in AO's dialects).
//
//   base   = *( name ":" SP value LF ) `"@signature-params"` ":" SP params
//   params = `(` *names `)` `;alg="…"` [`;bundle="true"`] `;keyid="…"` [`;tag="…"`]
//
// Names of derived components (path, method, …) have an @ in the params, and none in their line.
// With no components the base starts with the LF.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/codec/http_form.hpp"

namespace ao::codec {

// What a signer says of itself beside the components.
struct Parameters {
  Bytes algorithm;
  Bytes keyid;
  bool is_bundled = false;
  std::optional<Bytes> tag;
};

// The canonical base over every field.
struct CanonicalBase {
  Bytes text;
  Bytes params;
};
CanonicalBase canonical_base(const HttpForm& form, const Parameters& parameters);

// Whether the name, without @, is one of RFC 9421's derived components.
bool is_derived(BytesView name);

// `"name": value` LF.
void append_component(Bytes& base, BytesView name, BytesView value);

// The last line.
void append_params(Bytes& base, BytesView params);

}  // namespace ao::codec
