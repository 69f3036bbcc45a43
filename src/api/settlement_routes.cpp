// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settlement_routes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "answers.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Value;
using settlement::Record;

constexpr std::size_t kBundlesShown = 1'000;

// More than JSON can say is the most that it can.
Value integer(std::uint64_t number) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return Value(static_cast<std::int64_t>(std::min(number, kMost)));
}

Map view_of(const Record& record) {
  Map view{{"bytes", integer(record.bytes)},
           {"changed", integer(record.changed.milliseconds)},
           {"id", record.id.text()},
           {"made", integer(record.made.milliseconds)},
           {"messages", integer(record.messages)},
           {"number", integer(record.number)},
           {"sends", integer(record.sends)},
           {"state", settlement::name_of(record.state)}};
  if (!record.bundler.empty()) view.set("bundler", record.bundler);
  if (record.height > 0) view.set("height", integer(record.height));
  if (!record.reason.empty()) view.set("reason", record.reason);
  if (record.envelopes.empty()) return view;
  List transactions;
  for (const settlement::Envelope& envelope : record.envelopes)
    transactions.push_back(Map{{"id", envelope.id.text()},
                               {"made", integer(envelope.made.milliseconds)},
                               {"winston", integer(envelope.terms.reward)}});
  view.set("transactions", std::move(transactions));
  return view;
}

List view_of(const std::vector<settlement::Summary::Endpoint>& endpoints) {
  List views;
  for (const auto& endpoint : endpoints)
    views.push_back(Map{{"failures", integer(endpoint.failures)},
                        {"reason", endpoint.reason},
                        {"url", endpoint.url}});
  return views;
}

Map view_of(const settlement::Summary::Wallet& wallet) {
  Map view{{"address", wallet.address.text},
           {"spend-max-winston", integer(wallet.spend_max)},
           {"spent-winston", integer(wallet.spent)}};
  if (wallet.balance) view.set("balance-winston", integer(*wallet.balance));
  return view;
}

http::Response info_answer(const Backend& backend) {
  const settlement::Summary summary = backend.settlement();
  if (!summary.is_known) return json_answer(Map{{"on", summary.is_on}});
  Map bundles;
  for (const auto& [state, count] : summary.bundles)
    bundles.set(Bytes(settlement::name_of(state)), integer(count));
  Map view{{"backlog-bytes", integer(summary.backlog_bytes)},
           {"backlog-messages", integer(summary.backlog_messages)},
           {"bundlers", view_of(summary.bundlers)},
           {"bundles", std::move(bundles)},
           {"gateways", view_of(summary.gateways)},
           {"nodes", view_of(summary.nodes)},
           {"oldest-unconfirmed-seconds", Value(summary.oldest_age.count() / std::int64_t{1000})},
           {"on", true}};
  if (summary.wallet) view.set("wallet", view_of(*summary.wallet));
  if (!summary.warning.empty()) view.set("warning", summary.warning);
  if (!summary.failure.empty()) view.set("failure", summary.failure);
  return json_answer(view);
}

http::Response bundles_answer(const Backend& backend, const Path& path) {
  const Bytes* text = path.find(1, "from");
  const auto from = text == nullptr ? std::nullopt : number(*text);
  if (text != nullptr && !from)
    return error_answer({ErrorKind::kInvalid, "bundle-malformed", "from is no bundle's number"});
  List bundles;
  for (const Record& record : backend.settlement_bundles(from, kBundlesShown))
    bundles.push_back(view_of(record));
  return json_answer(bundles);
}

// A process is named by the message that spawned it, so of one it is told both how far its spawn is
// and how far all of it.
http::Response place_answer(const Backend& backend, BytesView text) {
  const auto id = MessageId::from_text(text);
  if (!id) return error_answer({ErrorKind::kInvalid, "id-malformed", "id is no id"});
  const auto place = backend.settlement_place(*id);
  if (!place) return error_answer(place.error());
  Map view{{"id", id->text()}, {"state", "waiting"}};
  if (place->process) {
    view.set("assignment", place->assignment.text());
    view.set("process", place->process->text());
    view.set("slot", integer(place->slot.number));
  }
  if (place->bundle) {
    view.set("bundle", view_of(*place->bundle));
    view.set("state", settlement::name_of(place->bundle->state));
  }
  const ProcessId process = ProcessId::same_bytes_as(*id);
  if (const auto slots = backend.slot_count(process)) {
    view.set("slots", integer(*slots));
    view.set("slots-confirmed", integer(backend.settled_before(process).number));
  }
  return json_answer(view);
}

Task<http::Response> retry_answer(Backend& backend, http::Request request) {
  Upload order{std::move(request.body), request.network};
  const auto retried = co_await backend.retry_settlement(std::move(order));
  if (!retried) co_return error_answer(retried.error());
  co_return json_answer(Map{{"status", "it is sent once more"}});
}

bool is_device(const Path& path) {
  return path.steps.size() == 2 && path.steps[0].key.empty() &&
         path.steps[0].device == "settlement@1.0";
}

}  // namespace

bool is_for_settlement(const Path& path) {
  if (is_device(path)) return true;
  return path.steps.size() == 2 && path.steps[1].key == "settlement" &&
         MessageId::from_text(path.steps[0].key).has_value();
}

Task<http::Response> answer_as_settlement(Backend& backend, Asked asked) {
  const bool is_post = asked.request.method == "POST";
  if (!is_device(asked.path)) co_return place_answer(backend, asked.path.steps[0].key);
  const std::string action = asked.path.steps[1].key;
  if (action == "retry" && is_post)
    co_return co_await retry_answer(backend, std::move(asked.request));
  if (action == "info" && !is_post) co_return info_answer(backend);
  if (action == "bundles" && !is_post) co_return bundles_answer(backend, asked.path);
  if (action == "item" && !is_post) {
    const Bytes* text = asked.path.find(1, "id");
    co_return place_answer(backend, text == nullptr ? BytesView() : BytesView(*text));
  }
  Error error{
      ErrorKind::kNotFound, "route-unknown",
      fmt::format("device settlement@1.0 has nothing at {} {}", asked.request.method, action)};
  co_return error_answer(error);
}

}  // namespace ao::api
