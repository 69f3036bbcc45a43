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

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

http::Response bytes_answer(Bytes bytes) {
  http::Response response;
  response.headers.set("content-type", "application/octet-stream");
  response.body = std::move(bytes);
  return response;
}

constexpr std::size_t kDigestsMax = 1'000;

// The id under `name`. Errors: kInvalid "id-malformed".
template <class Id>
Result<Id> id_in(const Path& path, BytesView name) {
  const Bytes* text = path.find(1, name);
  const auto id = Id::from_text(text != nullptr ? BytesView(*text) : BytesView());
  if (id) return *id;
  return fail(ErrorKind::kInvalid, "id-malformed", fmt::format("{} is no id", name));
}

// Errors: kInvalid "number-malformed".
Result<std::uint64_t> number_in(const Path& path, BytesView name) {
  const Bytes* text = path.find(1, name);
  if (text == nullptr) return 0;
  if (const auto found = number(*text)) return *found;
  return fail(ErrorKind::kInvalid, "number-malformed", fmt::format("{} is no number", name));
}

Task<Result<http::Response>> schedule_answer(Backend& backend, Path path) {
  AO_CO_TRY(process, id_in<ProcessId>(path, "process"));
  AO_CO_TRY(known, number_in(path, "known"));
  AO_CO_TRY(slots, co_await backend.schedule_behind(process, known));
  std::vector<message::DataItem> items;
  for (const message::Assignment& slot : slots) {
    items.push_back(slot.body());
    items.push_back(slot.item());
  }
  co_return bytes_answer(message::write_bundle(items));
}

Result<http::Response> outcomes_answer(const Backend& backend, const Path& path) {
  AO_TRY(process, id_in<ProcessId>(path, "process"));
  AO_TRY(from, number_in(path, "from"));
  AO_TRY(count, number_in(path, "count"));
  const auto found =
      backend.outcome_digests(process, Slot{from}, std::min<std::size_t>(count, kDigestsMax));
  List digests;
  for (const Bytes& digest : found.digests)
    digests.push_back(base64url(digest));
  return json_answer(Map{{"from", integer(found.from.number)}, {"outcomes", std::move(digests)}});
}

http::Response follows_answer(const Backend& backend) {
  List follows;
  for (const FollowState& one : backend.follows()) {
    Map view{{"compared", integer(one.compared)},
             {"evaluated", integer(one.evaluated)},
             {"process", one.process.text()},
             {"slots", integer(one.slots)},
             {"url", one.url}};
    if (!one.code.empty()) {
      view.set("code", one.code);
      view.set("reason", one.reason);
    }
    follows.push_back(std::move(view));
  }
  return json_answer(follows);
}

http::Response or_error(Result<http::Response> answer) {
  return answer ? std::move(*answer) : error_answer(answer.error());
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

Result<http::Response> item_answer(const Backend& backend, const Path& path) {
  AO_TRY(id, id_in<MessageId>(path, "id"));
  AO_TRY(item, backend.item(id));
  return bytes_answer(std::move(item));
}

// "3:PROCESS, 7:PROCESS": those items of the bundle are for these processes, whatever their
// targets.
Result<std::map<std::size_t, ProcessId>> assigned_in(const http::Request& request) {
  std::map<std::size_t, ProcessId> assigned;
  const std::string* field = request.headers.find("ao-assigned");
  std::string_view left = field != nullptr ? std::string_view(*field) : std::string_view();
  while (!left.empty()) {
    const std::size_t comma = left.find(',');
    std::string_view one = left.substr(0, comma);
    left = comma == std::string_view::npos ? std::string_view() : left.substr(comma + 1);
    one.remove_prefix(std::min(one.find_first_not_of(' '), one.size()));
    const std::size_t colon = one.find(':');
    const auto index = number(one.substr(0, colon));
    const auto process = colon == std::string_view::npos
                             ? std::nullopt
                             : ProcessId::from_text(one.substr(colon + 1));
    if (!index || !process)
      return fail(ErrorKind::kInvalid, "assigned-malformed",
                  fmt::format("ao-assigned has '{}', which is not INDEX:PROCESS", one));
    assigned.insert_or_assign(*index, *process);
  }
  return assigned;
}

Task<http::Response> messages_answer(Backend& backend, http::Request request) {
  const auto bundle = message::read_bundle(request.body, kLimits);
  if (!bundle) co_return error_answer(bundle.error());
  const auto assigned = assigned_in(request);
  if (!assigned) co_return error_answer(assigned.error());
  std::vector<Upload> uploads;
  for (const message::BundledItem& one : *bundle)
    uploads.push_back({one.item.bytes(), request.network});
  for (const auto& [index, process] : *assigned)
    if (index < uploads.size()) uploads[index].assigned = process;
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
  const auto id = id_in<MessageId>(path, "id");
  if (!id) return error_answer(id.error());
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
  if (!trace->is_kept) view.set("pruned", true);
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
  if (action == "schedule" && !is_post) {
    auto answer = co_await schedule_answer(backend, std::move(asked.path));
    co_return or_error(std::move(answer));
  }
  if (action == "outcomes" && !is_post) co_return or_error(outcomes_answer(backend, asked.path));
  if (action == "follows" && !is_post) co_return follows_answer(backend);
  if (action == "location" && !is_post) co_return bytes_answer(backend.location());
  if (action == "item" && !is_post) co_return or_error(item_answer(backend, asked.path));
  Error error{ErrorKind::kNotFound, "route-unknown",
              fmt::format("device peer@1.0 has nothing at {} {}", asked.request.method, action)};
  co_return error_answer(error);
}

}  // namespace ao::api
