// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/httpsig.hpp"
#include "ao/codec/structured.hpp"
#include "oracle/answer.hpp"

namespace ao::test {
namespace {

Json json_of_form(const codec::HttpForm& form) {
  Json fields = Json::array();
  for (const auto& [name, value] : form.fields)
    fields.push_back({base64url(name), base64url(*value.bytes())});
  return {{"fields", std::move(fields)}, {"body", base64url(form.body)}};
}

codec::HttpForm form_in(const Json& json) {
  message::Map fields;
  for (const Json& field : json.at("fields"))
    fields.set(from_base64url(field.at(0).get<std::string>()).value(),
               from_base64url(field.at(1).get<std::string>()).value());
  return {std::move(fields), bytes_in(json, "body")};
}

Json list_of(const std::vector<codec::Commitment>& commitments) {
  Json all = Json::array();
  for (const auto& one : commitments) {
    Json committed = Json::array();
    for (const Bytes& key : one.committed)
      committed.push_back(base64url(key));
    all.push_back({{"id", one.id.text()},
                   {"type", one.type},
                   {"committer", one.committer ? Json(one.committer->text) : Json()},
                   {"signature", base64url(one.signature)},
                   {"committed", std::move(committed)}});
  }
  return all;
}

// The commitments of the message within, for a request that carries one the way wao does.
Result<Json> inner_commitments(const message::Map& tabm) {
  const auto* body = tabm.find("body");
  if (body == nullptr || body->map() == nullptr || body->find("commitments") == nullptr)
    return Json();
  AO_TRY(commitments, codec::verify_tabm(*body->map()));
  return list_of(commitments);
}

Result<Json> read(const Json& question) {
  const codec::Request request{bytes_in(question, "method"), bytes_in(question, "target"),
                               bytes_in(question, "authority"), form_in(question)};
  AO_TRY(read, codec::read_request(request, Timestamp{}));
  AO_TRY(message, codec::message_from_tabm(read.tabm));
  AO_TRY(inner, inner_commitments(read.tabm));
  return Json{{"signed", read.is_signed()},
              {"tabm", json_of(read.tabm)},
              {"message", json_of(message)},
              {"commitments", list_of(read.commitments)},
              {"inner", std::move(inner)}};
}

Result<Json> sign(const Json& question) {
  const auto shape =
      question.at("bundled").get<bool>() ? codec::Form::kBundled : codec::Form::kLinked;
  AO_TRY(committed, codec::commit(map_in(question.at("message")), key_in(question), shape));
  AO_TRY(form, codec::to_signed_http_form(committed));
  AO_TRY(id, codec::message_id(committed));
  AO_TRY(uncommitted, codec::uncommitted_id(committed));
  AO_TRY(commitments, codec::verify(committed));
  Json answer = json_of_form(form);
  answer["id"] = id.text();
  answer["uncommitted_id"] = uncommitted.text();
  answer["commitments"] = list_of(commitments);
  return answer;
}

Result<Json> to_and_from_tabm(const Json& question) {
  AO_TRY(tabm, codec::to_tabm(map_in(question.at("message"))));
  AO_TRY(message, codec::message_from_tabm(tabm));
  return Json{{"tabm", json_of(tabm)}, {"message", json_of(message)}};
}

Result<Json> from_tabm(const Json& question) {
  AO_TRY(message, codec::message_from_tabm(map_in(question.at("tabm"))));
  return Json{{"message", json_of(message)}};
}

Json answered(Result<Json> result) {
  if (!result) return refused(result.error());
  return {{"ok", std::move(*result)}};
}

}  // namespace

Json verify_http(const Json& question) {
  return answered(read(question));
}

Json sign_http(const Json& question) {
  return answered(sign(question));
}

Json convert(const Json& question) {
  return answered(question.contains("tabm") ? from_tabm(question) : to_and_from_tabm(question));
}

}  // namespace ao::test
