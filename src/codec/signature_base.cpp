// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "signature_base.hpp"

#include <algorithm>
#include <array>

namespace ao::codec {
namespace {

constexpr std::array<std::string_view, 8> kDerived = {"authority", "method",      "path",
                                                      "query",     "query-param", "request-target",
                                                      "scheme",    "target-uri"};

void append_parameter(Bytes& params, std::string_view name, BytesView value) {
  params += ';';
  params += name;
  params += "=\"";
  params += value;
  params += '"';
}

}  // namespace

bool is_derived(BytesView name) {
  return std::ranges::binary_search(kDerived, std::string_view(name));
}

void append_component(Bytes& base, BytesView name, BytesView value) {
  base += '"';
  base += name;
  base += "\": ";
  base += value;
  base += '\n';
}

void append_params(Bytes& base, BytesView params) {
  base += "\"@signature-params\": ";
  base += params;
}

CanonicalBase canonical_base(const HttpForm& form, const Parameters& parameters) {
  CanonicalBase made;
  made.params = "(";
  for (const auto& [name, value] : form.fields) {
    append_component(made.text, name, *value.bytes());
    made.params += made.params.size() > 1 ? " \"" : "\"";
    if (is_derived(name)) made.params += '@';
    made.params += name;
    made.params += '"';
  }
  if (form.fields.empty()) made.text = "\n";
  made.params += ')';
  append_parameter(made.params, "alg", parameters.algorithm);
  if (parameters.is_bundled) append_parameter(made.params, "bundle", "true");
  append_parameter(made.params, "keyid", parameters.keyid);
  if (parameters.tag) append_parameter(made.params, "tag", *parameters.tag);
  append_params(made.text, made.params);
  return made;
}

}  // namespace ao::codec
