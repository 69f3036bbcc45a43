// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "signed_request.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/crypto/digest.hpp"
#include "signature_base.hpp"
#include "type_names.hpp"

namespace ao::codec {
namespace {

constexpr std::string_view kRsa = "rsa-pss-sha512";
constexpr std::string_view kEd25519 = "ed25519";
constexpr std::string_view kMac = "hmac-sha256";
constexpr std::size_t kSignaturesMax = 16;

std::unexpected<Error> bad_input(std::string text) {
  return fail(ErrorKind::kInvalid, "signature-input-malformed", std::move(text));
}

std::unexpected<Error> bad_signature(std::string text) {
  return fail(ErrorKind::kInvalid, "signature-malformed", std::move(text));
}

template <class T>
std::optional<T> parameter(const sf::Parameters& parameters, BytesView name) {
  for (const auto& [key, value] : parameters)
    if (key == name)
      if (const T* held = std::get_if<T>(&value)) return *held;
  return std::nullopt;
}

Result<std::vector<Bytes>> components_of(const sf::InnerList& list, BytesView label) {
  std::vector<Bytes> names;
  for (const sf::Item& item : list.items) {
    const Bytes* name = std::get_if<Bytes>(&item.value);
    if (name == nullptr)
      return bad_input(fmt::format("signature-input {}: a component is no string", shown(label)));
    if (!item.parameters.empty())
      return fail(ErrorKind::kInvalid, "signature-component-unknown",
                  fmt::format("signature-input {}: component \"{}\" has parameters, which this "
                              "node does not know",
                              shown(label), shown(*name)));
    if (std::ranges::find(names, *name) != names.end())
      return fail(ErrorKind::kInvalid, "signature-component-twice",
                  fmt::format("signature-input {}: component \"{}\" stands twice", shown(label),
                              shown(*name)));
    names.push_back(*name);
  }
  return names;
}

Result<LabelledSignature> read_input(const sf::Entry& entry) {
  const auto* list = std::get_if<sf::InnerList>(&entry.member);
  if (list == nullptr)
    return bad_input(
        fmt::format("signature-input {}: its value is no list of components", shown(entry.key)));
  LabelledSignature read;
  read.label = entry.key;
  read.params = entry.source;
  AO_TRY(components, components_of(*list, entry.key));
  read.components = std::move(components);
  const auto algorithm = parameter<Bytes>(list->parameters, "alg");
  const auto keyid = parameter<Bytes>(list->parameters, "keyid");
  if (!keyid)
    return bad_input(
        fmt::format("signature-input {}: it has no string \"keyid\"", shown(entry.key)));
  read.keyid = *keyid;
  read.algorithm = algorithm.value_or("");
  read.tag = parameter<Bytes>(list->parameters, "tag");
  read.expires = parameter<std::int64_t>(list->parameters, "expires");
  read.is_bundled = parameter<Bytes>(list->parameters, "bundle") == "true";
  return read;
}

bool is_mac(const LabelledSignature& signature) {
  return signature.algorithm == kMac;
}

crypto::HttpAlgorithm algorithm_of(const LabelledSignature& signature) {
  return signature.algorithm == kEd25519 ? crypto::HttpAlgorithm::kEd25519
                                         : crypto::HttpAlgorithm::kRsaPssSha512;
}

Result<> check_mac(const LabelledSignature& signature, std::span<const Bytes> bases) {
  // The key is one that everyone knows: `ao`, or in newer nodes the whole text of the keyid.
  if (signature.keyid != "ao" && signature.keyid != "constant:ao")
    return fail(
        ErrorKind::kInvalid, "signature-keyid",
        fmt::format("signature {}: the keyid of an hmac-sha256 is \"ao\" or \"constant:ao\"",
                    shown(signature.label)));
  for (const Bytes& base : bases)
    if (crypto::view(crypto::hmac_sha256(signature.keyid, base)) == signature.signature) return {};
  return fail(ErrorKind::kInvalid, "signature-mismatch",
              fmt::format("signature {}: the hmac-sha256 is not of these components",
                          shown(signature.label)));
}

}  // namespace

Result<std::vector<LabelledSignature>> read_signatures(BytesView signature_input,
                                                       BytesView signature) {
  const auto inputs = sf::parse_dictionary(signature_input, sf::Keys::kAo, sf::Duplicates::kRefuse);
  if (!inputs) return bad_input("signature-input: " + inputs.error().text);
  const auto signatures = sf::parse_dictionary(signature, sf::Keys::kAo, sf::Duplicates::kRefuse);
  if (!signatures) return bad_signature("signature: " + signatures.error().text);
  if (inputs->size() > kSignaturesMax)
    return bad_input(fmt::format("signature-input has {} signatures, the limit is {}",
                                 inputs->size(), kSignaturesMax));
  std::vector<LabelledSignature> read;
  for (const sf::Entry& input : *inputs) {
    const auto twin = std::ranges::find(*signatures, input.key, &sf::Entry::key);
    if (twin == signatures->end())
      return bad_signature(
          fmt::format("signature has no member {}, which signature-input has", shown(input.key)));
    const auto* item = std::get_if<sf::Item>(&twin->member);
    const auto* bytes = item != nullptr ? std::get_if<sf::ByteSequence>(&item->value) : nullptr;
    if (bytes == nullptr)
      return bad_signature(
          fmt::format("signature {}: its value is no byte sequence", shown(input.key)));
    AO_TRY(one, read_input(input));
    one.signature = bytes->bytes;
    read.push_back(std::move(one));
  }
  for (const sf::Entry& one : *signatures)
    if (std::ranges::find(*inputs, one.key, &sf::Entry::key) == inputs->end())
      return bad_input(
          fmt::format("signature-input has no member {}, which signature has", shown(one.key)));
  return read;
}

Result<Bytes> key_of(const LabelledSignature& signature) {
  constexpr BytesView kPrefix = "publickey:";
  BytesView text = signature.keyid;
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  auto key = from_any_base64(text);
  const std::size_t size = signature.algorithm == kEd25519 ? 32 : 512;
  if (key && key->size() == size) return key;
  return fail(
      ErrorKind::kInvalid, "signature-keyid",
      fmt::format("signature {}: the keyid of {} must be a public key of {} bytes in base64",
                  shown(signature.label), signature.algorithm, size));
}

Result<> check_signature(const LabelledSignature& signature, std::span<const Bytes> bases) {
  if (is_mac(signature)) return check_mac(signature, bases);
  if (signature.algorithm != kRsa && signature.algorithm != kEd25519)
    return fail(
        ErrorKind::kInvalid, "signature-algorithm",
        fmt::format("signature {}: alg is \"{}\"; this node knows {}, {} and {}",
                    shown(signature.label), shown(signature.algorithm), kRsa, kEd25519, kMac));
  AO_TRY(key, key_of(signature));
  std::optional<Error> first;
  for (const Bytes& base : bases) {
    auto checked = crypto::verify(algorithm_of(signature), key, signature.signature, base);
    if (checked) return {};
    const bool is_final = checked.error().code != "signature-mismatch";
    if (!first) first = std::move(checked).error();
    if (is_final) break;  // the key or the signature is bad, whatever the base
  }
  return fail(first->kind, first->code,
              fmt::format("signature {}: {}", shown(signature.label), first->text));
}

Commitment commitment_of(const LabelledSignature& signature, std::vector<Bytes> committed) {
  Commitment made;
  made.device = "httpsig@1.0";
  made.type = signature.algorithm;
  made.keyid = signature.keyid;
  made.signature = signature.signature;
  made.committed = std::move(committed);
  made.is_bundled = signature.is_bundled;
  made.tag = signature.tag;
  if (is_mac(signature)) {
    made.id = *MessageId::from_bytes(signature.signature);
    return made;
  }
  made.id = *MessageId::from_bytes(crypto::view(crypto::sha256(signature.signature)));
  if (const auto key = key_of(signature))
    made.committer = Address{base64url(crypto::view(crypto::sha256(*key)))};
  return made;
}

Bytes params_with_at(const LabelledSignature& signature) {
  const std::size_t close = signature.params.find(')');  // no name of a derived component has one
  Bytes out = signature.params;
  std::size_t from = 0;
  for (const Bytes& name : signature.components) {
    if (!is_derived(name)) continue;
    const std::size_t at = out.find('"' + name + '"', from);
    if (at == Bytes::npos || close == Bytes::npos) break;
    out.insert(at + 1, "@");
    from = at;
  }
  return out;
}

bool is_canonical(const LabelledSignature& signature) {
  HttpForm form;
  for (const Bytes& name : signature.components)
    form.fields.set(name.starts_with('@') ? name.substr(1) : name, "");
  const CanonicalBase base = canonical_base(form, {.algorithm = signature.algorithm,
                                                   .keyid = signature.keyid,
                                                   .is_bundled = signature.is_bundled,
                                                   .tag = signature.tag});
  return base.params == params_with_at(signature);
}

}  // namespace ao::codec
