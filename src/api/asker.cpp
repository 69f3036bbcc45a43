// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "asker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ao/codec/ans104.hpp"
#include "ao/codec/flat.hpp"
#include "ao/codec/json_codec.hpp"
#include "ao/codec/structured.hpp"
#include "signed_requests.hpp"

namespace ao::api {

using message::Map;
using message::Value;

namespace {

// Fields that say something about the request, or the way that it came, and nothing in it.
constexpr std::array<std::string_view, 27> kOfHttp = {
    "authorization",  "cache-control", "codec-device", "connection", "content-digest",
    "content-length", "content-type",  "cookie",       "date",       "dnt",
    "expect",         "from",          "host",         "keep-alive", "origin",
    "pragma",         "priority",      "range",        "referer",    "te",
    "trailer",        "upgrade",       "user-agent",   "via",        "forwarded",
    "signature-base", "signature",
};
constexpr std::array<std::string_view, 10> kOfHttpBegin = {
    "accept", "access-control-", "if-",         "proxy-",    "require-codec",
    "sec-",   "signature-input", "traceparent", "transfer-", "x-forwarded-"};

bool is_of_http(std::string_view name) {
  return std::ranges::find(kOfHttp, name) != kOfHttp.end() ||
         std::ranges::any_of(kOfHttpBegin, [&](auto begin) { return name.starts_with(begin); });
}

// What the body is written in.
Result<std::string_view> codec_of(const http::Request& request) {
  if (const std::string* named = request.headers.find("codec-device")) {
    for (const std::string_view known : {"ans104@1.0", "flat@1.0", "httpsig@1.0", "json@1.0"})
      if (*named == known) return known;
    return fail(ErrorKind::kInvalid, "codec-unknown",
                fmt::format("codec-device: this node reads no {}", *named));
  }
  const std::string* type = request.headers.find("content-type");
  if (type == nullptr) return "httpsig@1.0";
  if (type->starts_with("application/ans104")) return "ans104@1.0";
  if (type->starts_with("application/json")) return "json@1.0";
  return "httpsig@1.0";
}

// The message without what says how it is kept.
Result<Map> plain(Map tabm) {
  tabm.remove("commitments");
  return codec::message_from_tabm(tabm);
}

Result<Map> said_in_fields(const http::Request& request) {
  codec::Request asked = signed_request(request);
  codec::HttpForm form;
  form.body = std::move(asked.form.body);
  for (const auto& [name, value] : asked.form.fields)
    if (!is_of_http(name) || name == "content-type") form.fields.set(name, value);
  AO_TRY(tabm, codec::from_http_form(form));
  AO_TRY(said, plain(std::move(tabm)));
  said.remove("content-type");
  return said;
}

Result<Map> said_by(const codec::ReadRequest& read) {
  AO_TRY(said, plain(read.tabm));
  Map kept;
  // Routes have a priority (router@1.0), and nobody signs that of HTTP by chance.
  for (auto& [key, value] : said)
    if (!is_of_http(key) || key == "priority") kept.set(key, value);
  return kept;
}

// Of a request that is signed itself.
Task<Result<Asker>> signed_asker(Backend& backend, const http::Request& request, Asker asker) {
  const codec::Request asked = signed_request(request);
  const std::string* type = request.headers.find("content-type");
  if (type != nullptr && !type->starts_with("multipart/")) asker.content_type = *type;
  const auto read = co_await backend.read(asked, request.network);
  if (!read) co_return std::unexpected(read.error());
  for (const codec::Commitment& one : read->commitments) {
    if (!one.committer) continue;
    ++asker.signatures;
    if (!covers_target(one, asked)) continue;
    asker.signers.push_back(*one.committer);
    asker.proofs.push_back(one.id);
  }
  AO_CO_TRY(said, said_by(*read));
  asker.said = std::move(said);
  co_return asker;
}

// Of an item, whose signer says nothing about the path.
Task<Result<Asker>> item_asker(Backend& backend, const http::Request& request, Asker asker) {
  AO_CO_TRY(item, message::DataItem::parse(request.body));
  Upload upload{request.body, request.network};
  const auto checked = co_await backend.check(std::move(upload));
  if (!checked) co_return std::unexpected(checked.error());
  AO_CO_TRY(tabm, codec::tabm_from_item(item));
  AO_CO_TRY(said, plain(std::move(tabm)));
  asker.said = std::move(said);
  co_return asker;
}

Result<Map> said_in_body(std::string_view codec, const http::Request& request) {
  if (codec == "json@1.0") return codec::from_json_message(request.body);
  if (codec == "httpsig@1.0") return said_in_fields(request);
  AO_TRY(tabm, codec::from_flat_text(request.body));
  return plain(std::move(tabm));
}

}  // namespace

bool Asker::is_signed_by(const Address& address) const {
  return std::ranges::find(signers, address) != signers.end();
}

bool Asker::is_order_of(const Address& address) const {
  return signatures == 1 && is_signed_by(address);
}

Task<Result<Asker>> asker_of(Backend& backend, const http::Request& request) {
  Asker asker;
  asker.method = request.method;
  asker.network = request.network;
  if (const std::string* host = request.headers.find("host")) asker.host = *host;
  for (const http::Headers::Field& field : request.headers)
    if (same_key(field.name, "via")) asker.via += (asker.via.empty() ? "" : ", ") + field.value;
  if (claims_a_signature(request))
    co_return co_await signed_asker(backend, request, std::move(asker));
  if (request.method != "POST") co_return asker;
  AO_CO_TRY(codec, codec_of(request));
  if (codec == "ans104@1.0") co_return co_await item_asker(backend, request, std::move(asker));
  if (request.body.empty() && codec == "json@1.0") co_return asker;
  AO_CO_TRY(said, said_in_body(codec, request));
  asker.said = std::move(said);
  co_return asker;
}

}  // namespace ao::api
