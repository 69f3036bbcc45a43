// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "gate.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "hooks.hpp"
#include "peer_routes.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::size_t kBodyShownMax = 64 << 10;
constexpr unsigned kLeastRefusal = 400;

// What a hook says when it is not content.
http::Response hook_refusal(const Value& answer) {
  std::string reason = body_text(answer);
  if (reason.empty()) reason = "refused by a hook of this node";
  http::Response response = error_answer({ErrorKind::kDenied, "hook-refused", std::move(reason)});
  const auto status = status_in(answer);
  response.status = status && *status >= kLeastRefusal ? *status : 400;
  return response;
}

bool is_refusal(const Hook& hook, const Value& answer) {
  if (answer.map() == nullptr) return false;
  return hook.result == Hook::Result::kError || status_in(answer).value_or(200) >= kLeastRefusal;
}

Map answer_view(const http::Response& response) {
  Map view{{"status", static_cast<std::int64_t>(response.status)}};
  if (const std::string* type = response.headers.find("content-type"))
    view.set("content-type", *type);
  if (response.body.size() <= kBodyShownMax) view.set("body", response.body);
  return view;
}

// The answer that a hook gives instead.
http::Response replaced(const Value& answer, unsigned status) {
  http::Response response = text_answer(body_text(answer));
  response.status = status_in(answer).value_or(status);
  const Value* body = answer.find("body");
  const BytesView type = answer.text("content-type");
  if (body->bytes() == nullptr) {
    response.headers.set("content-type", "application/json");
  } else if (!type.empty()) {
    response.headers.set("content-type", type);
  }
  return response;
}

bool is_made_later(const http::Response& response) {
  return response.later || response.stream || response.conversation;
}

}  // namespace

std::optional<std::string> complaint_of_path(const std::string& path) {
  if (!path.starts_with('/')) return "'" + path + "' does not begin with a slash";
  const auto parsed = Path::parse(path);
  if (!parsed) return parsed.error().text;
  if (parsed->steps.empty()) return "'" + path + "' has no steps";
  return std::nullopt;
}

std::optional<std::string> complaint_of_free_route(const std::string& pattern) {
  const auto parsed = FreeRoutes::parse(pattern);
  if (parsed) return std::nullopt;
  return fmt::format("'{}': {}", pattern, parsed.error().text);
}

Gate::Gate(Backend& backend, const GateSettings& settings)
    : backend_(backend), settings_(settings), free_routes_(settings.payment.free_routes) {}

bool Gate::minds(const Route& route, const Path& path) {
  const bool is_operation = route.door == Route::Door::kHealth ||
                            route.door == Route::Door::kReadiness ||
                            route.door == Route::Door::kMetrics;
  return !is_operation && !is_for_peers(path);
}

Task<Gate::Refusal> Gate::enter(const Route& route, Asked& asked, Visit& visit) {
  auto visitor = co_await visitor_of(backend_, route, asked);
  if (!visitor) co_return error_answer(visitor.error());
  visit.visitor = std::move(*visitor);
  visit.request = request_view(asked, visit.visitor);
  for (const Hook& hook : settings_.hooks) {
    if (hook.on != Hook::On::kRequest) continue;
    auto refusal = co_await ask(hook, asked, visit);
    if (!refusal || hook.result == Hook::Result::kIgnore) continue;
    if (visit.held) co_return co_await settled(std::move(visit.held), std::move(*refusal));
    co_return refusal;
  }
  co_return Refusal();
}

Task<Gate::Refusal> Gate::ask(const Hook& hook, Asked& asked, Visit& visit) {
  const auto terms = backend_.node_info().terms();
  const Paying paying{backend_, settings_.payment, *terms, free_routes_};
  if (hook.device == "faff@1.0") co_return ask_faff(paying, asked, visit.visitor);
  if (hook.device == "p4@1.0") co_return co_await ask_p4(paying, asked, visit.visitor, visit.held);
  co_return co_await ask_about_request(hook, asked, visit);
}

Task<Gate::Refusal> Gate::ask_about_request(const Hook& hook, Asked& asked, const Visit& visit) {
  Map message{{"hook", "request"}};
  message.set("body", messages_view(asked));
  message.set("request", visit.request);
  const auto answer = co_await ask_path(backend_, hook.path, std::move(message), hook.timeout);
  if (!answer) co_return error_answer(answer.error());
  if (is_refusal(hook, *answer)) co_return hook_refusal(*answer);
  const Value* body = answer->find("body");
  const bool changes = hook.result == Hook::Result::kReturn && body != nullptr && asked.calls;
  if (!changes || body->list() == nullptr) co_return Refusal();
  const auto put = put_messages(*body->list(), *asked.calls);
  if (!put) co_return error_answer(put.error());
  co_return Refusal();
}

Task<http::Response> Gate::leave(Visit visit, http::Response response) {
  const bool is_whole = !is_made_later(response);
  for (const Hook& hook : settings_.hooks) {
    if (hook.on != Hook::On::kResponse || !is_whole) continue;
    auto next = co_await ask_about_answer(hook, visit, response);
    const bool is_refused = next.status >= kLeastRefusal && response.status < kLeastRefusal;
    response = std::move(next);
    if (is_refused) break;
  }
  co_return co_await settled(std::move(visit.held), std::move(response));
}

Task<http::Response> Gate::ask_about_answer(const Hook& hook, const Visit& visit,
                                            http::Response response) {
  Map message{{"hook", "response"}};
  message.set("body", answer_view(response));
  message.set("request", visit.request);
  const auto answer = co_await ask_path(backend_, hook.path, std::move(message), hook.timeout);
  if (hook.result == Hook::Result::kIgnore) co_return std::move(response);
  if (!answer) co_return error_answer(answer.error());
  if (is_refusal(hook, *answer)) co_return hook_refusal(*answer);
  if (answer->find("body") == nullptr) co_return std::move(response);
  co_return replaced(*answer, response.status);
}

}  // namespace ao::api
