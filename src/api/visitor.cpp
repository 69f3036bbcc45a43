// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "visitor.hpp"

#include <algorithm>

#include "ao/codec/ans104.hpp"
#include "ao/codec/structured.hpp"
#include "encoding.hpp"
#include "signed_requests.hpp"

namespace ao::api {

using message::Map;

namespace {

std::size_t count_of(const std::vector<Call>& calls) {
  std::size_t count = calls.size();
  for (const Call& call : calls) {
    if (call.resolve) count += count_of(call.resolve->calls);
    for (const auto& [key, argument] : call.arguments)
      if (const auto* within = std::get_if<Subpath>(&argument)) count += count_of(within->calls);
  }
  return count;
}

Result<Map> plain(Map tabm) {
  tabm.remove("commitments");
  return codec::message_from_tabm(tabm);
}

// Of a message in the fields of the request: whoever signed it, whatever the path is.
Task<Result<>> meet_message(Backend& backend, const Asked& asked, Visitor& visitor) {
  codec::Request request = signed_request(asked.request);
  const auto read = co_await backend.read(std::move(request), asked.request.network);
  if (!read) co_return std::unexpected(read.error());
  for (const codec::Commitment& one : read->commitments)
    if (one.committer) visitor.signers.push_back({*one.committer, one.id});
  AO_CO_TRY(said, plain(read->tabm));
  visitor.said = std::move(said);
  co_return Result<>();
}

Task<Result<>> meet_item(Backend& backend, const Asked& asked, Visitor& visitor) {
  AO_CO_TRY(item, message::DataItem::parse(asked.request.body));
  Upload upload{asked.request.body, asked.request.network};
  AO_CO_CHECK(co_await backend.check(std::move(upload)));
  visitor.signers.push_back({item.signer(), item.id()});
  AO_CO_TRY(tabm, codec::tabm_from_item(item));
  AO_CO_TRY(said, plain(std::move(tabm)));
  visitor.said = std::move(said);
  co_return Result<>();
}

// Whether its messages are asked one after the other, so that what they say matters.
bool is_resolved(const Route& route) {
  return route.name == "resolve" || route.name == "meta" || route.name == "payment";
}

// Some of these paths, by a parameter, ask about a message that is here, whatever the body is.
bool asks_about_another(const Route& route, const Path& path) {
  if (route.name == "dry-run") return false;
  const auto is_name = [](const Pair& pair) {
    return same_key(pair.key, "slot") || same_key(pair.key, "assign");
  };
  const auto names_one = [&](const Step& step) { return std::ranges::any_of(step.pairs, is_name); };
  return std::ranges::any_of(path.query, is_name) || std::ranges::any_of(path.steps, names_one);
}

Task<Result<>> meet_asker(Backend& backend, const Route& route, Asked& asked, Visitor& visitor) {
  if (!is_resolved(route) && !claims_a_signature(asked.request)) co_return Result<>();
  auto asker = co_await asker_of(backend, asked.request);
  if (!asker) co_return std::unexpected(asker.error());
  for (std::size_t i = 0; i < asker->signers.size(); ++i)
    visitor.signers.push_back({asker->signers[i], asker->proofs[i]});
  visitor.said = asker->said;
  asked.asker = std::move(*asker);
  co_return Result<>();
}

}  // namespace

bool Visitor::is_signed_by(const Address& address) const {
  return std::ranges::find(signers, address, &Signer::address) != signers.end();
}

Task<Result<Visitor>> visitor_of(Backend& backend, const Route& route, Asked& asked) {
  Visitor visitor;
  const bool takes_item = route.body == Route::Body::kItem && asked.request.method == "POST" &&
                          !asks_about_another(route, asked.path);
  if (takes_item && is_message_itself(asked.request)) {
    AO_CO_CHECK(co_await meet_message(backend, asked, visitor));
  } else if (takes_item && !asked.request.body.empty()) {
    AO_CO_CHECK(co_await meet_item(backend, asked, visitor));
  } else {
    AO_CO_CHECK(co_await meet_asker(backend, route, asked, visitor));
  }
  visitor.brings_message = takes_item && !visitor.signers.empty() && route.name != "dry-run";
  auto calls = calls_asked(asked.path, visitor.said);
  visitor.messages = std::max<std::size_t>(1, calls ? count_of(*calls) : asked.path.steps.size());
  if (calls) asked.calls = std::move(*calls);
  co_return visitor;
}

}  // namespace ao::api
