// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "peer_routes.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "ao/message/bundle.hpp"
#include "views.hpp"

namespace ao::api {
namespace {

using message::List;
using message::Map;
using message::Value;

constexpr message::BundleLimits kLimits{1'000, 1};
constexpr std::size_t kLettersShown = 1'000;

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

Value fate_of(const Result<Submitted>& submitted) {
  if (submitted)
    return Map{{"assignment", submitted->assignment.text()},
               {"slot", static_cast<std::int64_t>(submitted->slot.number)},
               {"timestamp", static_cast<std::int64_t>(submitted->timestamp.milliseconds)}};
  const Error& error = submitted.error();
  return Map{
      {"error",
       Map{{"again", is_temporary(error)}, {"code", Bytes(error.code)}, {"message", error.text}}}};
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

Task<http::Response> gossip_answer(Backend& backend, http::Request request) {
  auto answer = co_await backend.gossip(std::move(request.body), request.network);
  if (!answer) co_return error_answer(answer.error());
  co_return bytes_answer(std::move(*answer));
}

}  // namespace

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

Map view_of(const Trace::Sent& sent) {
  Map view{
      {"index", integer(sent.index)}, {"state", state_name(sent.state)}, {"target", sent.target}};
  if (sent.message) view.set("message", sent.message->text());
  if (sent.slot) view.set("slot", integer(sent.slot->number));
  if (!sent.url.empty()) view.set("url", sent.url);
  if (!sent.reason.empty()) view.set("reason", sent.reason);
  return view;
}

http::Response trace_answer(const Backend& backend, const Path& path) {
  const Bytes* text = path.find(1, "id");
  const auto id = MessageId::from_text(text != nullptr ? BytesView(*text) : BytesView());
  if (!id) return error_answer({ErrorKind::kInvalid, "id-malformed", "id is no id"});
  const auto trace = backend.trace(*id);
  if (!trace) return error_answer(trace.error());
  List sent;
  for (const Trace::Sent& one : trace->sent)
    sent.push_back(view_of(one));
  Map view{{"evaluated", trace->is_evaluated},
           {"message", id->text()},
           {"process", trace->process.text()},
           {"scheduler", backend.address().text},
           {"sent", std::move(sent)},
           {"signer", trace->signer.text},
           {"slot", integer(trace->slot.number)},
           {"timestamp", integer(trace->timestamp.milliseconds)}};
  if (!trace->error.empty()) view.set("error", trace->error);
  return json_answer(view);
}

http::Response dead_letters_answer(const Backend& backend) {
  List letters;
  for (const outbox::DeadLetter& letter : backend.dead_letters(kLettersShown)) {
    const message::Origin& origin = letter.entry.origin;
    letters.push_back(Map{{"at", integer(letter.at.milliseconds)},
                          {"code", letter.code},
                          {"index", integer(origin.index)},
                          {"outgoing", letter.entry.outgoing.value()},
                          {"reason", letter.reason},
                          {"sender", origin.process.text()},
                          {"slot", integer(origin.slot.number)},
                          {"target", letter.target.text()}});
  }
  return json_answer(letters);
}

Task<http::Response> retry_answer(Backend& backend, http::Request request) {
  Upload order{std::move(request.body), request.network};
  const auto retried = co_await backend.retry(std::move(order));
  if (!retried) co_return error_answer(retried.error());
  co_return json_answer(Map{{"status", "it is sent once more"}});
}

bool is_for_peers(const Path& path) {
  return path.steps.size() == 2 && path.steps[0].key.empty() && path.steps[0].device == "peer@1.0";
}

Task<http::Response> answer_as_peer(Backend& backend, Asked asked) {
  const std::string action = asked.path.steps[1].key;
  const bool is_post = asked.request.method == "POST";
  if (action == "messages" && is_post)
    co_return co_await messages_answer(backend, std::move(asked.request));
  if (action == "gossip" && is_post)
    co_return co_await gossip_answer(backend, std::move(asked.request));
  if (action == "retry" && is_post)
    co_return co_await retry_answer(backend, std::move(asked.request));
  if (action == "dead-letters" && !is_post) co_return dead_letters_answer(backend);
  if (action == "trace" && !is_post) co_return trace_answer(backend, asked.path);
  if (action == "location" && !is_post) co_return bytes_answer(backend.location());
  if (action == "item" && !is_post) co_return item_answer(backend, asked.path);
  Error error{ErrorKind::kNotFound, "route-unknown",
              fmt::format("device peer@1.0 has nothing at {} {}", asked.request.method, action)};
  co_return error_answer(error);
}

}  // namespace ao::api
