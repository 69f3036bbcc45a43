// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "signed_requests.hpp"

#include <algorithm>

#include "answers.hpp"
#include "ao/codec/structured_fields.hpp"

namespace ao::api {
namespace {

using message::Map;
using message::Value;
namespace sf = codec::sf;

// The client's own base, when it sent one.
std::optional<Bytes> base_of_client(const Bytes& field) {
  const auto item = sf::parse_item(field);
  const auto* bytes = item ? std::get_if<sf::ByteSequence>(&item->value) : nullptr;
  if (bytes == nullptr) return std::nullopt;
  return bytes->bytes;
}

std::string_view path_in(std::string_view target) {
  return target.substr(0, target.find('?'));
}

http::Response explained_refusal(const Error& error, const codec::Request& request,
                                 const Bytes& asked) {
  http::Response response = error_answer(error);
  const auto bases = codec::signature_bases(request);
  if (!bases) return response;
  const auto theirs = base_of_client(asked);
  Map by_label;
  for (const codec::SignatureBase& base : *bases) {
    message::List texts;
    for (const Bytes& text : base.texts)
      texts.emplace_back(text);
    Map entry{{"bases", std::move(texts)}};
    if (theirs) entry.set("difference", codec::difference(base, *theirs));
    by_label.set(base.label, std::move(entry));
  }
  const Map inner{{"code", Bytes(error.code)},
                  {"message", error.text},
                  {"signature-bases", std::move(by_label)}};
  return json_answer(Map{{"error", inner}}, response.status);
}

}  // namespace

bool claims_a_signature(const http::Request& request) {
  return request.headers.find("signature") != nullptr ||
         request.headers.find("signature-input") != nullptr;
}

bool is_message_itself(const http::Request& request) {
  const std::string* codec = request.headers.find("codec-device");
  return claims_a_signature(request) && (codec == nullptr || *codec == "httpsig@1.0");
}

bool claims_an_item(const http::Request& request) {
  const std::string* type = request.headers.find("content-type");
  const std::string* codec = request.headers.find("codec-device");
  return request.method == "POST" && ((type != nullptr && *type == "application/ans104") ||
                                      (codec != nullptr && *codec == "ans104@1.0"));
}

codec::Request signed_request(const http::Request& request) {
  codec::Request made;
  made.method = request.method;
  made.target = request.target;
  for (const http::Headers::Field& field : request.headers) {
    Bytes name = lower_case(field.name);
    if (name == "host") made.authority = field.value;
    if (const Value* first = made.form.fields.find(name); first != nullptr) {
      made.form.fields.set(std::move(name), *first->bytes() + ", " + field.value);
    } else {
      made.form.fields.set(std::move(name), field.value);
    }
  }
  made.form.body = request.body;
  return made;
}

bool covers_target(const codec::Commitment& commitment, const codec::Request& request) {
  const auto covers = [&](std::string_view name) {
    return std::ranges::find(commitment.committed, name) != commitment.committed.end();
  };
  // A field of this name is what was signed, whatever the request's own path or query is.
  const auto has_field = [&](BytesView name) { return request.form.fields.find(name) != nullptr; };
  if (covers("request-target") && !has_field("request-target")) return true;
  if (covers("target-uri") && !has_field("target-uri")) return true;
  if (!covers("path")) return false;
  if (const Value* field = request.form.fields.find("path"); field != nullptr) {
    if (*field->bytes() == request.target) return true;
    if (*field->bytes() != path_in(request.target)) return false;
  }
  const bool has_query = request.target.find('?') != Bytes::npos;
  return !has_query || (covers("query") && !has_field("query"));
}

Task<std::optional<http::Response>> refusal_of_signatures(Backend& backend,
                                                          const http::Request& request) {
  std::optional<http::Response> refusal;
  if (!claims_a_signature(request)) co_return refusal;
  codec::Request asked = signed_request(request);
  const auto read = co_await backend.read(asked, request.network);
  if (read) co_return refusal;
  const std::string* wanted = request.headers.find("signature-base");
  refusal = wanted != nullptr ? explained_refusal(read.error(), asked, *wanted)
                              : error_answer(read.error());
  co_return refusal;
}

}  // namespace ao::api
