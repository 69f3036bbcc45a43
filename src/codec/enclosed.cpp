// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/enclosed.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/base/assert.hpp"
#include "ao/message/cbor.hpp"
#include "ao/message/paths.hpp"
#include "signed_request.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::DataItem;
using message::Map;
using message::Value;

namespace {

// The two kinds of proof. What of it stands in the item's data already is left out.
constexpr BytesView kRequest = "request";
constexpr BytesView kMessage = "message";

constexpr BytesView kEnclosedType = "Enclosed";

std::unexpected<Error> bad_proof(std::string_view what) {
  return fail(ErrorKind::kInvalid, "item-proof",
              fmt::format("the item's proof is not of this item: {}", what));
}

// `from-process` as `From-Process`. Ids keep their case.
Bytes tag_name(BytesView key) {
  Bytes name(key);
  if (MessageId::from_text(name) || name == "ao-types") return name;
  bool is_first = true;
  for (char& c : name) {
    if (is_first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    is_first = c == '-';
  }
  return name;
}

Result<message::Draft> draft_of(const Map& tabm) {
  AO_TRY(texts, linked(tabm));
  const bool has_data = texts.find("data") != nullptr;
  message::Draft draft;
  for (const auto& [key, value] : texts) {
    const Bytes& text = *value.bytes();
    const auto id = MessageId::from_text(text);
    if (key == "data" || (key == "body" && !has_data)) {
      draft.data = text;
    } else if (key == "target") {
      draft.target = id ? Bytes(id->bytes()) : text;
      if (draft.target.size() != MessageId::kSize)
        return fail(
            ErrorKind::kInvalid, "ans104-target",
            fmt::format("the target '{}' is no id of 43 characters in base64url", shown(text)));
    } else if (key == "anchor" && id) {
      draft.anchor = id->bytes();
    } else {
      draft.tags.push_back({tag_name(key), text});
    }
  }
  return draft;
}

bool is_signed(const Map& tabm) {
  const Value* held = tabm.find("commitments");
  return held != nullptr && held->map() != nullptr && !held->map()->empty();
}

// The message that a TABM speaks for.
const Map& spoken_for(const Map& tabm) {
  const Value* body = tabm.find("body");
  const bool is_cover = tabm.find("type") == nullptr && tabm.find("target") == nullptr;
  return is_cover && body != nullptr && body->map() != nullptr ? *body->map() : tabm;
}

std::unexpected<Error> wrong_number(std::size_t signers) {
  if (signers == 0)
    return fail(ErrorKind::kInvalid, "signature-missing",
                "nobody signed the message: what is scheduled has a sender");
  return fail(ErrorKind::kInvalid, "signers-many",
              fmt::format("the message has {} signers, a scheduled one has one", signers));
}

Result<Commitment> only_signer(const std::vector<Commitment>& commitments) {
  std::vector<Commitment> named;
  for (const Commitment& one : commitments)
    if (one.committer) named.push_back(one);
  if (named.size() != 1) return wrong_number(named.size());
  AO_CHECK(check_is_no_answer(named.front()));
  return std::move(named.front());
}

BytesView without_at(BytesView component) {
  return component.starts_with('@') ? component.substr(1) : component;
}

Result<DataItem> joined(const message::Draft& draft, const Commitment& signer, const Map& proof) {
  LabelledSignature signature;
  signature.label = signer.id.text();
  signature.algorithm = signer.type;
  signature.keyid = signer.keyid;
  AO_TRY(key, key_of(signature));
  const auto type =
      signer.type == "ed25519" ? crypto::SignatureType::kEd25519 : crypto::SignatureType::kArweave;
  return DataItem::enclose(draft, type, key, signer.signature, message::to_cbor(proof));
}

// Of a message that carries its commitment.
Result<DataItem> enclose_message(const Map& tabm) {
  AO_TRY(proved, verify_tabm(tabm));
  AO_TRY(signer, only_signer(proved));
  if (signer.device != "httpsig@1.0")
    return fail(ErrorKind::kInvalid, "commitment-malformed",
                "a message that is a data item is sent as one, with codec-device: ans104@1.0");
  Map covered;
  for (const auto& [key, value] : tabm) {
    const BytesView name = without_link_suffix(key);
    if (std::ranges::find(signer.committed, name) != signer.committed.end())
      covered.set(key, value);
  }
  AO_TRY(draft, draft_of(covered));
  Map kept = covered;
  const Value* data = kept.find("data");
  if (data != nullptr && data->bytes() != nullptr && !data->bytes()->empty()) kept.remove("data");
  set_commitments(kept, {signer});
  return joined(draft, signer, Map{{Bytes(kMessage), std::move(kept)}});
}

bool has_field(const Request& request, BytesView component) {
  return request.form.fields.find(without_at(component)) != nullptr;
}

// The request with nothing in it that its one signer does not stand for.
Result<Request> only_signed(const Request& request) {
  const Value fields(request.form.fields);
  AO_TRY(signatures, read_signatures(fields.text("signature-input"), fields.text("signature")));
  std::erase_if(signatures, [](const auto& one) { return one.algorithm == "hmac-sha256"; });
  if (signatures.size() != 1) return wrong_number(signatures.size());
  const LabelledSignature& one = signatures.front();
  Request kept;
  kept.form.fields.set("signature-input", "sig=" + one.params);
  kept.form.fields.set("signature", "sig=:" + base64(one.signature) + ':');
  for (const Bytes& component : one.components) {
    const BytesView name = without_at(component);
    if (const Value* field = request.form.fields.find(name)) {
      kept.form.fields.set(Bytes(name), *field);
    } else if (name == "method") {
      kept.method = request.method;
    } else if (name == "authority") {
      kept.authority = request.authority;
    } else if (name == "target-uri") {
      kept.authority = request.authority;
      kept.target = request.target;
    } else if (name == "path" && kept.target.empty()) {
      kept.target = request.target.substr(0, request.target.find('?'));
    } else if (name == "query" || name == "request-target") {
      kept.target = request.target;
    }
  }
  if (has_field(kept, "content-digest")) kept.form.body = request.form.body;
  return kept;
}

// Of a request in which everything is signed.
Result<DataItem> enclose_request(const Request& request, const ReadRequest& read) {
  AO_TRY(signer, only_signer(read.commitments));
  AO_TRY(draft, draft_of(spoken_for(read.tabm)));
  Map kept{{"fields", request.form.fields}};
  for (const auto& [name, text] :
       {std::pair("method", &request.method), std::pair("target", &request.target),
        std::pair("authority", &request.authority)})
    if (!text->empty()) kept.set(name, *text);
  if (request.form.body != draft.data) kept.set("body", request.form.body);
  return joined(draft, signer, Map{{Bytes(kRequest), std::move(kept)}});
}

Result<Request> request_of(const Map& kept, BytesView data) {
  const Value whole(kept);
  const Value* fields = kept.find("fields");
  if (fields == nullptr || fields->map() == nullptr) return bad_proof("it has no fields");
  Request request;
  request.method = whole.text("method");
  request.target = whole.text("target");
  request.authority = whole.text("authority");
  for (const auto& [name, value] : *fields->map())
    if (value.bytes() == nullptr) return bad_proof("a field is no text");
  request.form.fields = *fields->map();
  request.form.body = kept.find("body") != nullptr ? whole.text("body") : data;
  return request;
}

// One of the two.
struct Proof {
  std::optional<Map> message;
  std::optional<Request> request;
};

Result<Proof> proof_of(const DataItem& item) {
  AO_TRY(proof, message::from_cbor(item.proof()));
  if (const Value* kept = proof.find(kMessage); kept != nullptr && kept->map() != nullptr) {
    Map tabm = *kept->map();
    if (tabm.find("data") == nullptr && tabm.find("body") == nullptr && !item.data().empty())
      tabm.set("data", Bytes(item.data()));
    return Proof{std::move(tabm), std::nullopt};
  }
  const Value* kept = proof.find(kRequest);
  if (kept == nullptr || kept->map() == nullptr) return bad_proof("it is neither kind");
  AO_TRY(request, request_of(*kept->map(), item.data()));
  return Proof{std::nullopt, std::move(request)};
}

Result<DataItem> enclosed_again(const DataItem& item) {
  AO_TRY(proof, proof_of(item));
  if (proof.message) return enclose_message(*proof.message);
  AO_TRY(read, read_request(*proof.request, Timestamp{}));
  return enclose_request(*proof.request, read);
}

}  // namespace

Result<DataItem> enclose(const Request& request, Timestamp now) {
  AO_TRY(all, from_http_form(request.form));
  if (const Map& within = spoken_for(all); is_signed(within)) return enclose_message(within);
  AO_TRY(kept, only_signed(request));
  AO_TRY(read, read_request(kept, now));
  return enclose_request(kept, read);
}

Result<Map> tabm_from_enclosed(const DataItem& item) {
  AO_TRY(proof, proof_of(item));
  if (proof.message) return std::move(*proof.message);
  AO_TRY(read, read_request(*proof.request, Timestamp{}));
  Map tabm = spoken_for(read.tabm);
  set_commitments(tabm, read.commitments);
  return tabm;
}

Result<> verify_item(const DataItem& item) {
  if (!item.is_enclosed()) return item.verify();
  AO_TRY(again, enclosed_again(item));
  if (again.bytes() != item.bytes()) return bad_proof("it says something else");
  return {};
}

DataItem wrapped(const DataItem& enclosed, const crypto::Key& key) {
  message::Draft draft;
  draft.target = enclosed.target();
  draft.tags = {{"Data-Protocol", "ao"},
                {"Type", Bytes(kEnclosedType)},
                {"Content-Type", "application/octet-stream"},
                {"Message", enclosed.id().text()}};
  draft.data = enclosed.bytes();
  auto item = DataItem::sign(draft, key);
  AO_ASSERT(item.has_value());
  return std::move(*item);
}

std::optional<DataItem> unwrapped(const DataItem& item) {
  if (item.tag("Type") != kEnclosedType) return std::nullopt;
  auto within = DataItem::parse(Bytes(item.data()));
  if (!within || !within->is_enclosed() || within->id().text() != item.tag("Message"))
    return std::nullopt;
  return std::move(*within);
}

}  // namespace ao::codec
