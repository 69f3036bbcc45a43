// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "peer_routes.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "ao/message/bundle.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Value;

constexpr message::BundleLimits kLimits{1'000, 1};

http::Response bytes_answer(Bytes bytes) {
  http::Response response;
  response.headers.set("content-type", "application/octet-stream");
  response.body = std::move(bytes);
  return response;
}

http::Response item_answer(const Backend& backend, const Path& path) {
  const Bytes* text = path.find(1, "id");
  const auto id = MessageId::from_text(text != nullptr ? BytesView(*text) : BytesView());
  if (!id) return error_answer({ErrorKind::kInvalid, "id-malformed", "id is no id"});
  auto item = backend.item(*id);
  if (!item) return error_answer(item.error());
  return bytes_answer(std::move(*item));
}

bool may_pass(const Error& error) {
  return error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kTimeout ||
         error.kind == ErrorKind::kUnavailable;
}

Value fate_of(const Result<Submitted>& submitted) {
  if (submitted) return Map{{"slot", static_cast<std::int64_t>(submitted->slot.number)}};
  const Error& error = submitted.error();
  return Map{
      {"error",
       Map{{"again", may_pass(error)}, {"code", Bytes(error.code)}, {"message", error.text}}}};
}

Task<http::Response> messages_answer(Backend& backend, http::Request request) {
  const auto bundle = message::read_bundle(request.body, kLimits);
  if (!bundle) co_return error_answer(bundle.error());
  std::vector<Upload> uploads;
  for (const message::BundledItem& one : *bundle)
    uploads.push_back({one.item.bytes(), request.network});
  const auto submitted = co_await backend.place_all(std::move(uploads));
  List fates;
  for (const auto& one : submitted)
    fates.push_back(fate_of(one));
  co_return json_answer(Map{{"results", std::move(fates)}});
}

}  // namespace

bool is_for_peers(const Path& path) {
  return path.steps.size() == 2 && path.steps[0].key.empty() && path.steps[0].device == "peer@1.0";
}

Task<http::Response> answer_as_peer(Backend& backend, Asked asked) {
  const std::string action = asked.path.steps[1].key;
  const bool is_post = asked.request.method == "POST";
  if (action == "messages" && is_post)
    co_return co_await messages_answer(backend, std::move(asked.request));
  if (action == "location" && !is_post) co_return bytes_answer(backend.location());
  if (action == "item" && !is_post) co_return item_answer(backend, asked.path);
  Error error{ErrorKind::kNotFound, "route-unknown",
              fmt::format("device peer@1.0 has nothing at {} {}", asked.request.method, action)};
  co_return error_answer(error);
}

}  // namespace ao::api
