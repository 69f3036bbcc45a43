// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/httpsig.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/codec/ans104.hpp"
#include "ao/codec/structured.hpp"
#include "ao/message/paths.hpp"
#include "signature_base.hpp"
#include "signed_request.hpp"
#include "tabm_ids.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::Map;
using message::Value;

namespace {

constexpr std::size_t kLabelBytes = 8;

std::string_view name_of(crypto::HttpAlgorithm algorithm) {
  return algorithm == crypto::HttpAlgorithm::kEd25519 ? "ed25519" : "rsa-pss-sha512";
}

std::unexpected<Error> unfit_key() {
  return fail(ErrorKind::kInvalid, "key-unfit",
              "HTTP signatures have no algorithm for keys of this type");
}

// Readers take letters, digits and hyphens only.
Bytes label_of(BytesView id) {
  return "sig-" + hex(id.substr(0, kLabelBytes));
}

// What a commitment over this TABM is made of.
Result<Map> committed_form(const Map& tabm, bool is_bundled) {
  if (!is_bundled) return linked(tabm);
  Map bundled = tabm;
  bundled.remove("commitments");
  return bundled;
}

std::vector<Bytes> keys_of(const Map& content) {
  std::vector<Bytes> keys;
  for (const auto& [key, value] : content)
    keys.emplace_back(without_link_suffix(key));
  std::ranges::sort(keys);
  return keys;
}

// The fields of a TABM that a commitment covers.
Map covered_by(const Map& tabm, const Commitment& commitment) {
  Map covered;
  for (const auto& [key, value] : tabm) {
    const BytesView name = without_link_suffix(key);
    if (std::ranges::find(commitment.committed, name) != commitment.committed.end())
      covered.set(key, value);
  }
  return covered;
}

Parameters parameters_of(const Commitment& commitment) {
  return {.algorithm = commitment.type,
          .keyid = commitment.keyid,
          .is_bundled = commitment.is_bundled,
          .tag = commitment.tag};
}

// The commitment as a signature in an HTTP message would be.
Result<LabelledSignature> labelled(const Commitment& commitment, BytesView params) {
  const Bytes signature = "sig=:" + base64(commitment.signature) + ':';
  AO_TRY(read, read_signatures("sig=" + Bytes(params), signature));
  return std::move(read.front());
}

// The bases of a canonical commitment: over the fields as HyperBEAM has them, and as they are sent.
Result<std::vector<Bytes>> canonical_bases(const Map& tabm, const Commitment& commitment) {
  AO_TRY(content, committed_form(covered_by(tabm, commitment), commitment.is_bundled));
  std::vector<Bytes> bases;
  for (const Texts texts : {Texts::kSendable, Texts::kOneLine}) {
    AO_TRY(form, to_http_form(content, texts));
    Bytes text = canonical_base(form, parameters_of(commitment)).text;
    if (bases.empty() || bases.front() != text) bases.push_back(std::move(text));
  }
  return bases;
}

// The value that a client signed under this name, of a message within another.
Result<Bytes> inner_value(const Map& tabm, BytesView name) {
  const BytesView content_key = tabm.find("data") != nullptr ? "data" : "body";
  if (name == "content-digest") return content_digest(Value(tabm).text(content_key));
  if (name == "inline-body-key" || name == "ao-body-key") return Bytes(content_key);
  if (const Value* held = tabm.find(name); held != nullptr && held->bytes() != nullptr)
    return *held->bytes();
  if (name.ends_with(kLinkSuffix)) {
    const Value* child = tabm.find(without_link_suffix(name));
    if (child != nullptr && child->map() != nullptr) {
      AO_TRY(id, tabm_id(*child->map()));
      return id.text();
    }
  }
  return fail(ErrorKind::kInvalid, "signature-component-missing",
              fmt::format("a commitment covers \"{}\", which the message has not", shown(name)));
}

// A commitment in a client's dialect: `signature-input` lists what was signed.
Result<Commitment> check_listed(const Map& tabm, const LabelledSignature& signature) {
  Bytes lines = signature.components.empty() ? "\n" : "";
  std::vector<Bytes> committed;
  for (const Bytes& component : signature.components) {
    const Bytes name = component.starts_with('@') ? component.substr(1) : component;
    AO_TRY(value, inner_value(tabm, name));
    append_component(lines, name, value);
    if (name == "content-digest") {
      committed.push_back(tabm.find("data") != nullptr ? "data" : "body");
    } else if (name != "inline-body-key" && name != "ao-body-key") {
      committed.push_back(
          name.ends_with(kLinkSuffix) ? name.substr(0, name.size() - kLinkSuffix.size()) : name);
    }
  }
  std::vector<Bytes> bases = {lines, lines};
  append_params(bases[0], signature.params);
  append_params(bases[1], params_with_at(signature));
  if (bases[0] == bases[1]) bases.pop_back();
  AO_CHECK(check_signature(signature, bases));
  Commitment proved = commitment_of(signature, std::move(committed));
  proved.signature_input = signature.params;
  return proved;
}

Result<Commitment> check_one(const Map& tabm, const Commitment& commitment) {
  if (commitment.device == "ans104@1.0") {
    AO_TRY(item, item_from_tabm(tabm));
    AO_CHECK(item.verify());
    return commitment;
  }
  if (commitment.device != "httpsig@1.0")
    return fail(ErrorKind::kInvalid, "commitment-malformed",
                fmt::format("commitment {}: this node knows no device {}", commitment.id.text(),
                            shown(commitment.device)));
  if (commitment.signature_input) {
    AO_TRY(signature, labelled(commitment, *commitment.signature_input));
    return check_listed(tabm, signature);
  }
  AO_TRY(bases, canonical_bases(tabm, commitment));
  LabelledSignature signature;
  signature.label = commitment.id.text();
  signature.algorithm = commitment.type;
  signature.keyid = commitment.keyid;
  signature.tag = commitment.tag;
  signature.is_bundled = commitment.is_bundled;
  signature.signature = commitment.signature;
  AO_CHECK(check_signature(signature, bases));
  return commitment_of(signature, commitment.committed);
}

// The commitments as they stand, those of the JavaScript clients among them.
Result<std::vector<Commitment>> check_all(const Map& tabm, const Map& held) {
  std::vector<Commitment> proved;
  for (const auto& [id, value] : held) {
    const BytesView input = value.text("signature-input");
    const bool is_of_a_client = !input.empty() && !input.starts_with('(');
    if (is_of_a_client) {
      // Its MAC stands beside the very signature that the other entry has, under an id in the wrong
      // case: there is nothing to check.
      if (value.text("alg") == "hmac-sha256") continue;
      AO_TRY(signatures, read_signatures(input, value.text("signature")));
      if (signatures.size() != 1)
        return fail(ErrorKind::kInvalid, "commitment-malformed",
                    fmt::format("commitment {} has not one signature", shown(id)));
      AO_TRY(one, check_listed(tabm, signatures.front()));
      if (!same_key(one.id.text(), id))
        return fail(
            ErrorKind::kInvalid, "commitment-id",
            fmt::format("commitment {} is that of another id, {}", shown(id), one.id.text()));
      if (one.committer) proved.push_back(std::move(one));
      continue;
    }
    AO_TRY(commitment, Commitment::from(id, value));
    AO_TRY(one, check_one(tabm, commitment));
    if (one.id != commitment.id)
      return fail(ErrorKind::kInvalid, "commitment-id",
                  fmt::format("commitment {} is that of another id, {}", shown(id), one.id.text()));
    if (one.committer != commitment.committer)
      return fail(ErrorKind::kInvalid, "commitment-id",
                  fmt::format("commitment {} names another committer than its key's", shown(id)));
    if (one.committer) proved.push_back(std::move(one));
  }
  return proved;
}

}  // namespace

Result<std::vector<Commitment>> verify_tabm(const Map& tabm) {
  const Value* held = tabm.find("commitments");
  std::vector<Commitment> proved;
  if (held != nullptr && held->map() != nullptr) {
    AO_TRY(checked, check_all(tabm, *held->map()));
    proved = std::move(checked);
  }
  if (proved.empty())
    return fail(ErrorKind::kInvalid, "signature-missing", "nobody signed the message");
  return proved;
}

Result<std::vector<Commitment>> verify(const Map& message) {
  AO_TRY(tabm, to_tabm(message));
  return verify_tabm(tabm);
}

Result<Map> commit(const Map& message, const crypto::Key& key, Form form,
                   std::optional<Bytes> tag) {
  const auto algorithm = key.http_algorithm();
  if (!algorithm) return unfit_key();
  AO_TRY(content, with_only_committed(message));
  AO_TRY(commitments, commitments_of(message));
  AO_TRY(tabm, to_tabm(content));
  tabm.remove("commitments");
  const bool is_bundled = form == Form::kBundled;
  AO_TRY(committed, committed_form(tabm, is_bundled));

  Commitment made;
  made.device = "httpsig@1.0";
  made.type = name_of(*algorithm);
  made.keyid = base64(key.public_key());
  made.committed = keys_of(committed);
  made.is_bundled = is_bundled;
  made.tag = std::move(tag);
  AO_TRY(http, to_http_form(committed, Texts::kSendable));
  made.signature = key.sign_http(canonical_base(http, parameters_of(made)).text);
  made.id = *MessageId::from_bytes(crypto::view(crypto::sha256(made.signature)));
  made.committer = key.address();

  Commitment mac;
  mac.device = "httpsig@1.0";
  mac.type = "hmac-sha256";
  mac.keyid = "ao";
  mac.committed = made.committed;
  mac.is_bundled = is_bundled;
  AO_TRY(id, uncommitted_tabm_id(tabm, form));
  mac.id = id;
  mac.signature = id.bytes();

  for (Commitment* one : {&made, &mac})
    if (std::ranges::find(commitments, one->id, &Commitment::id) == commitments.end())
      commitments.push_back(std::move(*one));
  set_commitments(content, commitments);
  return content;
}

Result<HttpForm> to_signed_http_form(const Map& message) {
  AO_TRY(commitments, commitments_of(message));
  AO_TRY(tabm, to_tabm(message));
  const bool is_bundled =
      std::ranges::any_of(commitments, [](const Commitment& one) { return one.is_bundled; });
  AO_TRY(content, committed_form(tabm, is_bundled));
  AO_TRY(http, to_http_form(content, Texts::kSendable));
  Map signatures;
  Map inputs;
  for (const Commitment& one : commitments) {
    if (!one.committer || one.device != "httpsig@1.0") continue;
    const Bytes label = label_of(one.id.bytes());
    Bytes params;
    if (one.signature_input) {
      params = *one.signature_input;
    } else {
      AO_TRY(covered, committed_form(covered_by(tabm, one), one.is_bundled));
      AO_TRY(form, to_http_form(covered, Texts::kSendable));
      params = canonical_base(form, parameters_of(one)).params;
    }
    signatures.set(label, ':' + base64(one.signature) + ':');
    inputs.set(label, std::move(params));
  }
  for (const auto& [name, members] :
       {std::pair("signature", &signatures), std::pair("signature-input", &inputs)}) {
    Bytes text;
    for (const auto& [label, value] : *members)
      text += (text.empty() ? "" : ", ") + label + '=' + *value.bytes();
    if (!text.empty()) http.fields.set(name, std::move(text));
  }
  return http;
}

Result<> check_is_no_answer(const Commitment& commitment) {
  if (commitment.tag != kAnswerTag) return {};
  return fail(ErrorKind::kInvalid, "signature-of-answer",
              fmt::format("signature {} is that of an answer (tag \"{}\"), which asks for nothing",
                          commitment.id.text(), kAnswerTag));
}

Result<HttpForm> sign_http_form(const Map& message, const crypto::Key& key, Form form,
                                std::optional<Bytes> tag) {
  const auto algorithm = key.http_algorithm();
  if (!algorithm) return unfit_key();
  AO_TRY(tabm, to_tabm(message));
  AO_TRY(content, committed_form(tabm, form == Form::kBundled));
  AO_TRY(http, to_http_form(content, Texts::kSendable));
  const CanonicalBase base = canonical_base(http, {.algorithm = Bytes(name_of(*algorithm)),
                                                   .keyid = base64(key.public_key()),
                                                   .is_bundled = form == Form::kBundled,
                                                   .tag = std::move(tag)});
  const Bytes signature = key.sign_http(base.text);
  const Bytes label = label_of(crypto::view(crypto::sha256(signature)));
  http.fields.set("signature", label + "=:" + base64(signature) + ':');
  http.fields.set("signature-input", label + '=' + base.params);
  return http;
}

}  // namespace ao::codec
