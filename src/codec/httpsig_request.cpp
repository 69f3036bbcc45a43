// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ao/codec/httpsig.hpp"
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

BytesView trimmed(BytesView text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == BytesView::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

BytesView without_at(BytesView name) {
  return name.starts_with('@') ? name.substr(1) : name;
}

class SignedFields {
 public:
  SignedFields(const Request& request, const Map& tabm) : request_(request), tabm_(tabm) {}

  // The bases that known clients would have signed, the likeliest first.
  Result<std::vector<Bytes>> bases(const LabelledSignature& signature) const {
    Bytes lines;
    Bytes standard_lines;
    bool has_derived = false;
    for (const Bytes& name : signature.components) {
      AO_TRY(value, value_of(name, signature.label));
      append_component(lines, without_at(name), value);
      const auto standard = name.starts_with('@') ? standard_value(name) : std::nullopt;
      append_component(standard_lines, name, standard ? BytesView(*standard) : BytesView(value));
      has_derived = has_derived || name.starts_with('@');
    }
    if (signature.components.empty()) lines = "\n";

    std::vector<Bytes> bases;
    const auto add = [&](const Bytes& text, BytesView params) {
      Bytes base = text;
      append_params(base, params);
      if (std::ranges::find(bases, base) == bases.end()) bases.push_back(std::move(base));
    };
    add(lines, signature.params);
    add(lines, params_with_at(signature));
    if (has_derived || signature.components.empty()) add(standard_lines, signature.params);
    return bases;
  }

 private:
  // What RFC 9421 §2.2 says of a derived component.
  std::optional<Bytes> standard_value(BytesView name) const {
    const Bytes& target = request_.target;
    const std::size_t question = std::min(target.find('?'), target.size());
    const Bytes path = target.substr(0, question);
    if (name == "@method") return request_.method;
    if (name == "@path") return path.empty() ? "/" : path;
    if (name == "@query") return question == target.size() ? "?" : target.substr(question);
    if (name == "@request-target") return target;
    if (name == "@authority") return request_.authority;
    if (name == "@scheme") return "http";
    if (name == "@target-uri") return "http://" + request_.authority + target;
    return std::nullopt;
  }

  Result<Bytes> value_of(BytesView component, BytesView label) const {
    const BytesView name = without_at(component);
    if (const Value* field = request_.form.fields.find(name))
      return Bytes(trimmed(*field->bytes()));
    if (component.starts_with('@') || is_derived(name))
      if (auto standard = standard_value('@' + Bytes(name))) return std::move(*standard);
    // A bundled answer of HyperBEAM signs the link to a message that it sends as it is.
    if (name.ends_with(kLinkSuffix)) {
      const Value* child = tabm_.find(without_link_suffix(name));
      if (child != nullptr && child->map() != nullptr) {
        AO_TRY(id, tabm_id(*child->map()));
        return id.text();
      }
    }
    return fail(ErrorKind::kInvalid, "signature-component-missing",
                fmt::format("signature-input {} covers \"{}\", which the request has not",
                            shown(label), shown(component)));
  }

  const Request& request_;
  const Map& tabm_;
};

// Which keys of the message each part of the request carries.
class CommittedKeys {
 public:
  static Result<CommittedKeys> of(const HttpForm& form) {
    CommittedKeys keys;
    HttpForm body;
    body.body = form.body;
    HttpForm ids;
    for (const std::string_view name : {"content-type", "ao-body-key", "inline-body-key"})
      if (const Value* field = form.fields.find(name)) body.fields.set(Bytes(name), *field);
    if (const Value* field = form.fields.find("ao-ids")) ids.fields.set("ao-ids", *field);
    AO_TRY(in_body, from_http_form(body));
    AO_TRY(in_ids, from_http_form(ids));
    keys.has_type_of_its_own = in_body.find("content-type") != nullptr;
    in_body.remove("content-type");
    for (const auto& [key, value] : in_body)
      keys.in_body_.emplace_back(without_link_suffix(key));
    for (const auto& [key, value] : in_ids)
      keys.in_ids_.emplace_back(without_link_suffix(key));
    return keys;
  }

  std::vector<Bytes> of(const LabelledSignature& signature) const {
    std::set<Bytes> keys;
    for (const Bytes& component : signature.components) {
      const BytesView name = without_at(component);
      if (name == "content-digest") {
        keys.insert(in_body_.begin(), in_body_.end());
      } else if (name == "ao-ids") {
        keys.insert(in_ids_.begin(), in_ids_.end());
      } else if (name != "ao-body-key" && name != "inline-body-key" && name != "body-keys" &&
                 (name != "content-type" || has_type_of_its_own)) {
        keys.insert(message::normal_key(without_link_suffix(name)));
      }
    }
    return {keys.begin(), keys.end()};
  }

 private:
  std::vector<Bytes> in_body_;
  std::vector<Bytes> in_ids_;
  bool has_type_of_its_own = false;  // a content-type that is not the multipart body's
};

// The fields of the message that every commitment covers.
Map covered_by_all(const Map& tabm, const std::vector<Commitment>& commitments) {
  std::vector<std::set<Bytes, std::less<>>> covered;
  for (const Commitment& one : commitments)
    covered.emplace_back(one.committed.begin(), one.committed.end());
  std::vector<Map::Entry> kept;
  for (const auto& [key, value] : tabm) {
    const BytesView name = without_link_suffix(key);
    if (std::ranges::all_of(covered, [&](const auto& keys) { return keys.contains(name); }))
      kept.emplace_back(key, value);
  }
  return Map::from(std::move(kept));
}

Result<std::vector<LabelledSignature>> signatures_of(const HttpForm& form) {
  const Value fields(form.fields);
  const bool has_input = form.fields.find("signature-input") != nullptr;
  const bool has_signature = form.fields.find("signature") != nullptr;
  if (!has_input && !has_signature) return std::vector<LabelledSignature>();
  if (!has_signature)
    return fail(ErrorKind::kInvalid, "signature-malformed",
                "the request has a signature-input and no signature");
  if (!has_input)
    return fail(ErrorKind::kInvalid, "signature-input-malformed",
                "the request has a signature and no signature-input");
  return read_signatures(fields.text("signature-input"), fields.text("signature"));
}

Result<Map> tabm_of(const Request& request, const std::vector<LabelledSignature>& signatures) {
  std::vector<Bytes> names;
  for (const LabelledSignature& one : signatures)
    names.insert(names.end(), one.components.begin(), one.components.end());
  return from_http_form(request.form, names);
}

std::vector<BytesView> lines_of(BytesView text) {
  std::vector<BytesView> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::size_t same_lines(const std::vector<BytesView>& a, const std::vector<BytesView>& b) {
  std::size_t same = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    same += a[i] == b[i] ? 1 : 0;
  return same;
}

}  // namespace

bool ReadRequest::is_signed() const {
  return std::ranges::any_of(commitments,
                             [](const Commitment& one) { return one.committer.has_value(); });
}

Result<ReadRequest> read_request(const Request& request, Timestamp now) {
  AO_TRY(signatures, signatures_of(request.form));
  AO_TRY(tabm, tabm_of(request, signatures));
  ReadRequest read;
  if (signatures.empty()) {
    read.tabm = std::move(tabm);
    return read;
  }
  AO_TRY(keys, CommittedKeys::of(request.form));
  const SignedFields fields(request, tabm);
  for (const LabelledSignature& one : signatures) {
    if (one.expires && *one.expires < static_cast<std::int64_t>(now.milliseconds / 1000))
      return fail(ErrorKind::kInvalid, "signature-expired",
                  fmt::format("signature {} expired at {}", shown(one.label), *one.expires));
    AO_TRY(bases, fields.bases(one));
    const bool covers_body =
        std::ranges::find(one.components, "content-digest") != one.components.end();
    if (covers_body)
      AO_CHECK(check_content_digest(Value(request.form.fields).text("content-digest"),
                                    request.form.body));
    AO_CHECK(check_signature(one, bases));
    Commitment commitment = commitment_of(one, keys.of(one));
    if (!is_canonical(one)) commitment.signature_input = one.params;
    read.commitments.push_back(std::move(commitment));
  }
  read.tabm = covered_by_all(tabm, read.commitments);
  return read;
}

Result<std::vector<SignatureBase>> signature_bases(const Request& request) {
  AO_TRY(signatures, signatures_of(request.form));
  AO_TRY(tabm, tabm_of(request, signatures));
  const SignedFields fields(request, tabm);
  std::vector<SignatureBase> made;
  for (const LabelledSignature& one : signatures) {
    AO_TRY(bases, fields.bases(one));
    made.push_back({one.label, std::move(bases)});
  }
  return made;
}

std::string difference(const SignatureBase& ours, BytesView theirs) {
  const std::vector<BytesView> their_lines = lines_of(theirs);
  std::vector<BytesView> nearest;
  std::size_t most = 0;
  for (const Bytes& text : ours.texts) {
    std::vector<BytesView> lines = lines_of(text);
    const std::size_t alike = same_lines(lines, their_lines);
    if (!nearest.empty() && alike <= most) continue;
    most = alike;
    nearest = std::move(lines);
  }
  for (std::size_t i = 0; i < std::max(nearest.size(), their_lines.size()); ++i) {
    const BytesView our_line = i < nearest.size() ? nearest[i] : BytesView();
    const BytesView their_line = i < their_lines.size() ? their_lines[i] : BytesView();
    if (our_line != their_line)
      return fmt::format("line {}: this node has '{}', the client has '{}'", i + 1, shown(our_line),
                         shown(their_line));
  }
  return {};
}

}  // namespace ao::codec
