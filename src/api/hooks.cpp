// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "hooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/message/json.hpp"
#include "ao/message/paths.hpp"
#include "resolve.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Outgoing;
using message::Value;

namespace {

constexpr std::size_t kValueBytesMax = 16 << 10;

bool is_small(const Value& value) {
  if (const Bytes* bytes = value.bytes()) return bytes->size() <= kValueBytesMax;
  return message::to_json(value).size() <= kValueBytesMax;
}

Map small_values(const Map& said) {
  Map kept;
  for (const auto& [key, value] : said)
    if (!message::is_private(key) && is_small(value)) kept.set(key, value);
  return kept;
}

bool names_the_step(BytesView key) {
  return key == "path" || key == "device";
}

// The process that a path tries a message out on.
std::optional<ProcessId> tried_process(const Path& path) {
  if (path.steps.size() < 2 || path.steps.back().key != "compute") return std::nullopt;
  return ProcessId::from_text(path.steps.front().key);
}

std::unexpected<Error> failed(const std::string& path, std::string_view reason) {
  return fail(ErrorKind::kUnavailable, "hook-failed",
              fmt::format("hook {} failed: {}", path, reason));
}

// A message that a process sent, with its data as what it says.
Value answer_in(const Outgoing& sent) {
  Map answer;
  bool is_json = false;
  for (const message::Tag& tag : sent.tags) {
    if (same_key(tag.name, "content-type")) is_json = tag.value == "application/json";
    answer.set(message::normal_key(tag.name), tag.value);
  }
  if (sent.data.empty()) return answer;
  auto read = is_json ? message::from_json(sent.data) : Result<Value>(Value(sent.data));
  answer.set("body", read ? std::move(*read) : Value(sent.data));
  return answer;
}

Task<Result<Value>> tried(Backend& backend, ProcessId process, Path path, Map message) {
  codec::ClaimedMessage claimed;
  for (const Pair& pair : path.steps.back().pairs)
    claimed.draft.tags.push_back({pair.key, pair.value});
  claimed.draft.tags.push_back({"Hook", Bytes(Value(message).text("hook"))});
  claimed.draft.tags.push_back({"Content-Type", "application/json"});
  claimed.draft.data = message::to_json(message);
  claimed.owner = backend.address().text;
  claimed.from = backend.address().text;
  const auto outcome = co_await backend.try_out(process, std::move(claimed));
  if (!outcome) co_return std::unexpected(outcome.error());
  if (!outcome->error.empty())
    co_return Result<Value>(fail(ErrorKind::kInvalid, "hook-failed", outcome->error));
  for (const Outgoing& sent : outcome->outgoing)
    if (sent.kind == Outgoing::Kind::kMessage) co_return answer_in(sent);
  co_return Value();
}

Task<Result<Value>> resolved(Backend& backend, Path path, Map message) {
  Asker nobody;
  nobody.method = "GET";
  AO_CO_TRY(calls, calls_of(path, message));
  StepBudget steps;
  const Inquiry inquiry{backend, nobody, steps};
  auto value = co_await resolve(inquiry, std::move(calls));
  co_return value;
}

// Owns what it works with: it may go on when nobody waits for it any more.
Task<Result<Value>> evaluated(Backend& backend, Path path, Map message) {
  const auto process = tried_process(path);
  if (process) co_return co_await tried(backend, *process, std::move(path), std::move(message));
  co_return co_await resolved(backend, std::move(path), std::move(message));
}

Map arguments_of(const Call& call) {
  Map arguments;
  for (const auto& [key, argument] : call.arguments)
    if (const Value* value = std::get_if<Value>(&argument)) arguments.set(key, *value);
  return arguments;
}

void put_arguments(const Map& message, Call& call) {
  std::erase_if(call.arguments, [](const auto& one) {
    const Value* value = std::get_if<Value>(&one.second);
    return value != nullptr && is_small(*value);
  });
  const auto has = [&](BytesView key) {
    return std::ranges::any_of(call.arguments, [&](const auto& one) { return one.first == key; });
  };
  for (const auto& [key, value] : message) {
    Bytes name = message::normal_key(key);
    if (!names_the_step(name) && !has(name)) call.arguments.emplace_back(std::move(name), value);
  }
  std::ranges::sort(call.arguments, {}, [](const auto& one) { return one.first; });
}

}  // namespace

Map request_view(const Asked& asked, const Visitor& visitor) {
  Map view = small_values(visitor.said);
  List signers;
  for (const Signer& signer : visitor.signers)
    signers.emplace_back(signer.address.text);
  view.set("method", asked.request.method);
  view.set("path", asked.request.target);
  view.set("signers", std::move(signers));
  return view;
}

List messages_view(const Asked& asked) {
  List messages;
  if (!asked.calls) return messages;
  for (const Call& call : *asked.calls) {
    Map view = small_values(arguments_of(call));
    if (!call.path.empty()) view.set("path", call.path);
    if (!call.device.empty()) view.set("device", call.device);
    messages.emplace_back(std::move(view));
  }
  return messages;
}

Result<> put_messages(const List& messages, std::vector<Call>& calls) {
  if (messages.size() != calls.size())
    return fail(ErrorKind::kUnavailable, "hook-malformed",
                fmt::format("a hook made {} messages of the {} of the request", messages.size(),
                            calls.size()));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const bool is_empty = messages[i].list() != nullptr && messages[i].list()->empty();
    if (messages[i].map() == nullptr && !is_empty)  // Lua has one empty table for both
      return fail(ErrorKind::kUnavailable, "hook-malformed",
                  fmt::format("what a hook put for message {} of the request is none", i));
    if (!calls[i].resolve) put_arguments(is_empty ? Map() : *messages[i].map(), calls[i]);
  }
  return {};
}

Task<Result<Value>> ask_path(Backend& backend, const std::string& path, Map message,
                             std::chrono::milliseconds timeout) {
  auto parsed = Path::parse(path);
  if (!parsed) co_return Result<Value>(failed(path, parsed.error().text));
  auto work = evaluated(backend, std::move(*parsed), std::move(message));
  auto value = co_await backend.within(timeout, std::move(work));
  if (!value)
    co_return Result<Value>(
        fail(ErrorKind::kTimeout, "hook-timeout",
             fmt::format("hook {} took longer than {} ms", path, timeout.count())));
  if (!*value) co_return Result<Value>(failed(path, value->error().text));
  co_return std::move(**value);
}

std::optional<unsigned> status_in(const Value& answer) {
  const Value* status = answer.find("status");
  if (status == nullptr) return std::nullopt;
  std::optional<std::uint64_t> number;
  if (status->integer() != nullptr && *status->integer() > 0)
    number = static_cast<std::uint64_t>(*status->integer());
  if (status->bytes() != nullptr) number = api::number(*status->bytes());
  if (!number || *number < 100 || *number > 599) return std::nullopt;
  return static_cast<unsigned>(*number);
}

std::string body_text(const Value& answer) {
  const Value* body = answer.find("body");
  if (body == nullptr) return {};
  return body->bytes() != nullptr ? *body->bytes() : message::to_json(*body);
}

}  // namespace ao::api
