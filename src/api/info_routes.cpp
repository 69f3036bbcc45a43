// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "info_routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "ao/codec/json_codec.hpp"
#include "encoding.hpp"

namespace ao::api {
namespace {

using message::Map;
using message::Value;

Error denied(const Address& operator_) {
  return {
      ErrorKind::kDenied, "settings-denied",
      fmt::format("Unauthorized. The node's message is changed by its operator alone, who signs "
                  "the request, with its path, with the key of {} (RFC 9421)",
                  operator_.text)};
}

// What is in the path is no key, but for how the answer is to be written.
bool asks_in_path(const Path& path) {
  const auto is_key = [](const Pair& pair) {
    return !pair.key.starts_with("accept") && pair.key != "require-codec";
  };
  return std::ranges::any_of(path.query, is_key) || std::ranges::any_of(path.steps, [&](auto& one) {
           return std::ranges::any_of(one.pairs, is_key);
         });
}

// A body of JSON is the keys that it has.
Result<Map> keys_of(const Asker& asker) {
  Map said = asker.said;
  for (const char* name : {"path", "method"})
    said.remove(name);
  const Value* body = said.find("body");
  const bool is_json = asker.content_type.starts_with("application/json");
  if (!is_json || body == nullptr || body->bytes() == nullptr) return said;
  AO_TRY(more, codec::from_json_message(*body->bytes()));
  said.remove("body");
  for (const auto& [key, value] : more)
    said.set(key, value);
  return said;
}

// With a second signer, what he does not cover would be left out of what the operator said.
Result<InfoOrder> order_of(const Asker& asker, const Path& path, const Address& operator_) {
  if (!asker.is_signed_by(operator_)) return std::unexpected(denied(operator_));
  if (asker.signatures != 1)
    return fail(
        ErrorKind::kInvalid, "signers-many",
        fmt::format("the order has {} signers, the operator signs alone", asker.signatures));
  if (asks_in_path(path))
    return fail(ErrorKind::kInvalid, "info-key",
                "the keys of an order are header fields or a body, and none in the path");
  AO_TRY(said, keys_of(asker));
  return InfoOrder{std::move(said), operator_, asker.proofs.front()};
}

Map change_view(const InfoChange& change) {
  std::string text = change.is_new ? "Node message updated." : "The order was taken before.";
  text += fmt::format(" History: {} updates.", change.updates);
  return Map{{"body", std::move(text)},
             {"history-length", static_cast<std::int64_t>(change.updates)}};
}

}  // namespace

bool is_for_info(const http::Request& request, const Path& path) {
  return request.method == "POST" && path.steps.size() == 2 && path.steps[0].key.empty() &&
         path.steps[0].device == "meta@1.0" && path.steps[1].key == "info" &&
         path.steps[1].device.empty();
}

Task<http::Response> answer_as_info(Backend& backend, Asked asked) {
  const auto asker = co_await asker_of(backend, asked.request);
  if (!asker) co_return error_answer(asker.error());
  auto order = order_of(*asker, asked.path, backend.address());
  if (!order) co_return error_answer(order.error());
  const auto change = co_await backend.node_info().change(std::move(*order));
  if (!change) co_return error_answer(change.error());
  Value answer(change_view(*change));
  const Form form = form_wanted(asked.request, asked.path);
  co_return co_await encoded(backend, std::move(answer), form);
}

}  // namespace ao::api
